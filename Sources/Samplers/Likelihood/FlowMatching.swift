import Densities
import Kernels
import Networks
import Numerics
import Optimizers
import Storage
import Tensors
import Training

/// A velocity that is fitted to points by conditional flow matching.
///
///     L = E |v(x_t, t) - (x_1 - x_0)|² / D,   x_t = (1 - t) x_0 + t x_1,   x_0 noise, x_1 a point
///
/// References: see `FlowMatchingConfig`.
struct FlowMatching {
  let parameters = ParameterSet()
  let field: MatchedField
  private let config: FlowMatchingConfig
  private let trainer: BatchTrainer
  private let schedule: any Schedule
  private let stream: RandomStream
  private let system: ParticleSystem?
  private let dimension: Int
  private let batch: RegressionBatch

  /// A network that knows nothing yet.
  /// - Parameter points: What it will be fitted to, [n, D]; they decide the noise.
  init(
    _ config: FlowMatchingConfig, to points: [Float], dimension: Int, system: ParticleSystem?,
    seed: UInt64, pool: ThreadPool
  ) throws {
    (self.config, self.dimension, self.system) = (config, dimension, system)
    let network = try ScoreNetwork(
      config.network, dimension: dimension, particles: system, in: parameters)
    parameters.initialize(seed: seed)
    let unit = Self.deviation(of: points, dimension, system)
    let deviation = config.noiseDeviation > 0 ? config.noiseDeviation : unit
    field = MatchedField(network: network, unit: unit, noiseVariance: deviation * deviation)
    trainer = BatchTrainer(
      parameters, try config.optimizer.makeOptimizer(for: parameters), blockRows: 64,
      tapeRows: min(64, network.tapeRows(dimension: dimension)), seed: seed, pool: pool)
    trainer.clipNorm = config.optimizer.clipNorm
    schedule = try config.optimizer.makeSchedule()
    stream = RandomStream(seed: seed).folding(.flowMatching)
    batch = RegressionBatch(rows: config.batchSize, dimension: dimension)
  }

  /// Trains on points, [n, D].
  func train(on points: [Float], _ poll: () throws -> Void) throws {
    for step in 0..<config.steps {
      try poll()
      fill(stream.folding(UInt64(step)), points)
      try trainer.step(
        rows: config.batchSize, factor: schedule.factor(after: step, of: config.steps), loss: loss)
    }
  }

  private func loss(_ context: Context, _ range: Range<Int>) -> Tensor {
    let (tape, d) = (context.tape, dimension)
    func slice(_ values: UnsafeMutablePointer<Float>, _ columns: Int) -> Tensor {
      tape.constant(at: values + range.lowerBound * columns, Shape(range.count, columns))
    }
    let output = field.network(slice(batch.x, d), at: slice(batch.times, 1), context)
    let difference = tape.subtract(output, slice(batch.goals, d))
    return tape.scale(tape.sum(tape.apply(.square, difference)), by: 1 / Double(d))
  }

  /// Draws points, noise and times, and writes what the network is asked and should say.
  private func fill(_ stream: RandomStream, _ points: [Float]) {
    let (rows, d, kernels) = (config.batchSize, dimension, InstructionSet.active.kernels)
    let deviation = Float(field.noiseVariance.squareRoot())
    kernels.normals(key: stream.key, step: 0, firstRow: 0, rows: rows, columns: d, to: batch.x)
    kernels.uniforms(
      key: stream.key, step: 1, firstRow: 0, rows: rows, columns: 1, to: batch.times)
    system?.removeMean(batch.x, rows: rows)
    let chosen = stream.folding(.replay).draw(IntegerBelow(points.count / d), rows: 0..<rows)
    for (row, point) in chosen.enumerated() {
      for j in 0..<d { batch.goals[row * d + j] = points[point * d + j] }
    }
    for i in 0..<rows * d { batch.x[i] *= deviation }
    if config.pairing == .transport { pair() }
    for row in 0..<rows {
      let t = batch.times[row]
      for i in row * d..<(row + 1) * d {
        let way = batch.goals[i] - batch.x[i]
        batch.x[i] = (batch.x[i] + t * way) / Float(field.unit)
        batch.goals[i] = way / Float(field.unit)
      }
      batch.times[row] = field.network.time(Double(t))
    }
  }

  /// Gives each noise the point that makes all ways together shortest.
  private func pair() {
    let (rows, d) = (config.batchSize, dimension)
    var cost = [Double](repeating: 0, count: rows * rows)
    for r in 0..<rows {
      for p in 0..<rows {
        var square: Float = 0
        for j in 0..<d {
          let way = batch.goals[p * d + j] - batch.x[r * d + j]
          square += way * way
        }
        cost[r * rows + p] = Double(square)
      }
    }
    let partner = LinearAssignment(cost, count: rows).columnOfRow
    let points = Array(UnsafeBufferPointer(start: batch.goals, count: rows * d))
    for r in 0..<rows {
      for j in 0..<d { batch.goals[r * d + j] = points[partner[r] * d + j] }
    }
  }

  /// The root mean square of coordinates, particles about their centre.
  private static func deviation(
    of points: [Float], _ dimension: Int, _ system: ParticleSystem?
  ) -> Double {
    let squares = points.reduce(0.0) { $0 + Double($1) * Double($1) }
    let freedom = Double(system?.degreesOfFreedom ?? dimension)
    return max(1e-6, (squares / (Double(points.count / dimension) * freedom)).squareRoot())
  }
}
