import Densities
import KernelTables
import Kernels
import Storage

/// The score of a density under noise, estimated from the density and its score at noised points.
///
///     S_K(x, σ) = ∇ log Σ_k ρ(x + σ ε_k) = Σ_k w_k ∇ log ρ(x + σ ε_k),   w = softmax log ρ(x + σ ε_k)
///
/// with the same K normals ε_k for value and gradient. Its bias falls as 1/K. Richardson's extrapolation,
/// 2 S_K - (S_A + S_B) / 2 with A and B the two halves of the points, removes that term.
/// The mean of the same weights over (y_k - x) / σ², y_k = x + σ ε_k, is the same score. A mixture of both,
///
///     (1 - a) ∇ log ρ(y_k) + a (y_k - x) / σ²,   a = σ² / (σ² + c²),
///
/// is the same number for every y_k of a Gaussian of deviation c: under much noise its variance is far less
/// than that of scores alone, under little noise far less than that of the noise.
/// The point x_0 that x was noised from may be one of the y_k. Drawn from the density's posterior given x, it makes
/// the sum one step of iterated sampling importance resampling, averaged over what it may choose: no bias, for
/// any K.
/// Points are made, judged and added up a few at a time, so memory does not depend on K; a row is one
/// thread's, so the bits do not depend on threads.
/// Reference: Akhound-Sadegh et al. (2024), arXiv:2402.06121, eq. 8; De Bortoli et al. (2024), *Target score matching*,
/// arXiv:2402.08667, for mixtures of the two; Cardoso et al. (2022), *BR-SNIS*, arXiv:2207.06364, for x_0 among the points
final class NoisedScore: @unchecked Sendable {
  private let density: CountedDensity
  private let samples: Int
  private let richardson: Bool
  private let modeDeviation: Double
  private let bound: ScoreBound
  private let scale: Double
  private let pool: ThreadPool
  private let blockRows: Int
  private let memory: [Workspace]

  /// The buffers of a thread.
  private struct Workspace: @unchecked Sendable {
    let points, values, scores, sums: UnsafeMutablePointer<Float>

    init(blockRows: Int, dimension: Int) {
      points = .allocate(capacity: blockRows * dimension + 4)
      values = .allocate(capacity: blockRows)
      scores = .allocate(capacity: blockRows * dimension)
      sums = .allocate(capacity: 2 * (2 + dimension))
    }

    func deallocate() { for buffer in [points, values, scores, sums] { buffer.deallocate() } }
  }

  /// - Parameters:
  ///   - samples: K.
  ///   - richardson: Whether to extrapolate.
  ///   - modeDeviation: c, in units of x; 0 for a = 0.
  ///   - bound: The norm beyond which a group of coordinates is shortened; 0 for none.
  ///   - group: Adjacent coordinates with a norm of their own.
  ///   - scale: What points are multiplied by to be the density's; scores are by x, not by what
  ///     the density sees.
  init(
    _ density: CountedDensity, samples: Int, richardson: Bool = false,
    modeDeviation: Double = 0, bound: Double = 0, group: Int? = nil, scale: Double = 1,
    pool: ThreadPool
  ) {
    let d = density.dimension
    (self.density, self.samples, self.richardson) = (density, samples, richardson)
    self.modeDeviation = modeDeviation
    self.bound = ScoreBound(norm: bound, group: group ?? d)
    (self.scale, self.pool) = (scale, pool)
    let rows = max(16, min(512, 4096 / d & ~15))
    blockRows = rows
    memory = (0..<pool.threads).map { _ in Workspace(blockRows: rows, dimension: d) }
  }

  deinit { memory.forEach { $0.deallocate() } }

  /// Writes the estimates at rows of x, [rows, D].
  /// - Parameters:
  ///   - deviations: σ of each row.
  ///   - origins: The points that rows were noised from, [rows, D], where they are among the K + 1.
  ///   - stream: The noise: row r, counted from `firstRow`, has its own.
  ///   - worker: The number of the thread that calls, where several do at once.
  /// - Returns: Rows at which nothing finite came out; their estimates are zero.
  func estimate(
    at x: UnsafePointer<Float>, deviations: UnsafePointer<Float>,
    origins: UnsafePointer<Float>? = nil, rows: Int, firstRow: Int = 0,
    _ stream: RandomStream, into out: UnsafeMutablePointer<Float>, worker: Int? = nil
  ) throws -> Int {
    let failures = Failures(count: rows)
    defer { failures.deallocate() }
    let d = density.dimension
    let work = NoisedScoreRows(x: x, deviations: deviations, origins: origins, out: out)
    func estimate(_ row: Int, _ worker: Int) {
      failures.keep(row) {
        let place = work.x + row * d
        try sum(at: place, work.deviations[row], row: firstRow + row, stream, memory[worker])
        if let origins = work.origins {
          try add(origins + row * d, around: place, work.deviations[row], memory[worker])
        }
        finish(memory[worker].sums, to: work.out + row * d)
      }
    }
    if let worker {
      for row in 0..<rows { estimate(row, worker) }
    } else {
      pool.run(rows) { estimate($0, $1) }
    }
    try failures.throwFirst()
    var failed = 0
    for row in 0..<rows where !(0..<d).allSatisfy({ out[row * d + $0].isFinite }) {
      failed += 1
      (out + row * d).update(repeating: 0, count: d)
    }
    return failed
  }

  /// Adds up both halves of the points, or all as the first.
  private func sum(
    at x: UnsafePointer<Float>, _ deviation: Float, row: Int, _ stream: RandomStream,
    _ memory: Workspace
  ) throws {
    let d = density.dimension
    let kernels = InstructionSet.active.kernels
    let parts = richardson ? 2 : 1
    var block: UInt32 = 0
    for half in 0..<parts {
      let end = (half + 1) * samples / parts
      let sum = memory.sums + half * (2 + d)
      sum.update(repeating: 0, count: 2 + d)
      sum[0] = -.infinity
      for first in stride(from: half * samples / parts, to: end, by: blockRows) {
        let count = min(blockRows, end - first)
        kernels.normals(
          key: stream.key, step: block, firstRow: row, rows: 1, columns: (count * d + 3) & ~3,
          to: memory.points)
        kernels.addNoise(
          memory.points, around: x, scale: Double(deviation), rows: count, columns: d)
        if scale != 1 { for i in 0..<count * d { memory.points[i] *= Float(scale) } }
        try density.score(
          of: Points(memory.points, count: count, dimension: d), logDensity: memory.values,
          into: memory.scores)
        mix(memory, count, around: x, deviation)
        kernels.accumulateWeighted(
          logDensity: memory.values, score: memory.scores, rows: count, columns: d, into: sum)
        block += 1
      }
    }
  }

  /// Takes one more point into the sums.
  private func add(
    _ point: UnsafePointer<Float>, around x: UnsafePointer<Float>, _ deviation: Float,
    _ memory: Workspace
  ) throws {
    let d = density.dimension
    for j in 0..<d { memory.points[j] = point[j] * Float(scale) }
    try density.score(
      of: Points(memory.points, count: 1, dimension: d), logDensity: memory.values,
      into: memory.scores)
    mix(memory, 1, around: x, deviation)
    InstructionSet.active.kernels.accumulateWeighted(
      logDensity: memory.values, score: memory.scores, rows: 1, columns: d, into: memory.sums)
  }

  /// Mixes the scores of some points with their noise.
  private func mix(
    _ memory: Workspace, _ count: Int, around x: UnsafePointer<Float>, _ deviation: Float
  ) {
    guard modeDeviation > 0 else { return }
    let d = density.dimension
    let (h, c) = (Double(deviation) * Double(deviation), modeDeviation * modeDeviation)
    let (ofScore, ofNoise) = (Float(c / (h + c)), Float(1 / ((h + c) * scale * scale)))
    for k in 0..<count {
      let (points, scores) = (memory.points + k * d, memory.scores + k * d)
      for j in 0..<d {
        scores[j] = ofScore * scores[j] + ofNoise * (points[j] - Float(scale) * x[j])
      }
    }
  }

  /// The estimate of the sums, within its bound.
  private func finish(_ sums: UnsafePointer<Float>, to out: UnsafeMutablePointer<Float>) {
    let d = density.dimension
    if richardson {
      extrapolate(sums, sums + 2 + d, to: out)
    } else {
      for j in 0..<d { out[j] = sums[2 + j] / sums[1] }
    }
    for j in 0..<d { out[j] *= Float(scale) }
    bound.shorten(out, dimension: d)
  }

  private func extrapolate(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, to out: UnsafeMutablePointer<Float>
  ) {
    let top = max(a[0], b[0])
    let (p, q) = (Float(scalarExp(Double(a[0] - top))), Float(scalarExp(Double(b[0] - top))))
    let total = p * a[1] + q * b[1]
    for j in 0..<density.dimension {
      let whole = (p * a[2 + j] + q * b[2 + j]) / total
      out[j] = 2 * whole - 0.5 * (a[2 + j] / a[1] + b[2 + j] / b[1])
    }
  }
}

/// What threads read and write, each in rows of its own.
private struct NoisedScoreRows: @unchecked Sendable {
  let x: UnsafePointer<Float>
  let deviations: UnsafePointer<Float>
  let origins: UnsafePointer<Float>?
  let out: UnsafeMutablePointer<Float>
}
