import Densities
import Kernels
import Storage
import Training

/// Draws by simulating the paths of a process.
struct PathSampler: RunSampler {
  let trainer: PathTrainer
  let model: PathModel
  let density: any Density
  let pool: ThreadPool

  /// Draws with the networks of a trainer, or with others.
  init(trainer: PathTrainer, model: PathModel? = nil, density: any Density, pool: ThreadPool) {
    (self.trainer, self.density, self.pool) = (trainer, density, pool)
    self.model = model ?? trainer.model
  }

  /// Rows simulated at a time; the result does not depend on it.
  private static let chunk = 3000

  func sample(
    _ count: Int, seed: UInt64, _ config: SamplingConfig, _ poll: () throws -> Void
  ) throws -> Draws {
    let turns = try turns(of: config.conditions)
    let steps = config.steps == 0 ? nil : config.steps
    let d = density.dimension
    let counted = CountedDensity(density)
    let paths = PathEnds(model, counted, steps: steps, pool: pool)
    let stream = RandomStream(seed: seed).folding(.sampling)
    var x = [Float](repeating: 0, count: count * d)
    var logWeights = [Double](repeating: 0, count: count)
    var logDensity = [Double](repeating: 0, count: count)
    try forEachChunk(of: count) { rows in
      let settings = SimulationSettings(
        stream: stream, firstRow: rows.lowerBound, nonFinite: trainer.config.nonFinite)
      try x.withUnsafeMutableBufferPointer { x in
        try logWeights.withUnsafeMutableBufferPointer { weights in
          guard let x = x.baseAddress, let weights = weights.baseAddress else { return }
          let ends = x + rows.lowerBound * d
          let tables = conditionTables(rows, turns)
          try paths.run(
            rows.count, settings, conditions: tables, ends: ends,
            logRatios: weights + rows.lowerBound, poll)
          let values = try self.values(
            of: counted,
            Points(
              ends, count: rows.count, dimension: d,
              conditions: tables.map { UnsafePointer($0.indices) }))
          for (value, row) in zip(values, rows) {
            logDensity[row] = Double(value)
            weights[row] += tempered(Double(value))
          }
        }
      }
    }
    return Draws(
      x: x, logWeights: logWeights, logDensity: logDensity,
      conditions: turns.isEmpty ? [] : (0..<count).map { turns[$0 % turns.count] },
      count: count, dimension: d,
      energyCalls: counted.energyCalls, gradientCalls: counted.gradientCalls)
  }

  /// log ρ + Σ log P_B - Σ log P_F of paths drawn backwards from given points, one from each, and log ρ.
  func backwardWeights(
    of points: [Float], _ counted: CountedDensity, _ stream: RandomStream, steps: Int?,
    _ poll: () throws -> Void
  ) throws -> (weights: [Double], logDensity: [Double]) {
    let d = density.dimension
    let paths = PathEnds(model, counted, steps: steps, pool: pool)
    let count = points.count / d
    var result = [Double](repeating: 0, count: count)
    var logDensity = result
    try points.withUnsafeBufferPointer { points in
      try result.withUnsafeMutableBufferPointer { result in
        guard let points = points.baseAddress, let result = result.baseAddress else { return }
        try forEachChunk(of: count) { rows in
          let x = points + rows.lowerBound * d
          let values = try self.values(of: counted, Points(x, count: rows.count, dimension: d))
          let settings = SimulationSettings(
            stream: stream, firstRow: rows.lowerBound,
            origin: .ends(EndPoints(x: x, logDensity: nil)), nonFinite: trainer.config.nonFinite)
          let weights = result + rows.lowerBound
          try paths.run(rows.count, settings, ends: nil, logRatios: weights, poll)
          for (index, value) in values.enumerated() {
            weights[index] += tempered(Double(value))
            logDensity[rows.lowerBound + index] = Double(value)
          }
        }
      }
    }
    return (result, logDensity)
  }

  /// The conditions that draws go with by turns; none for a density without.
  private func turns(of conditions: [Int]) throws -> [Int] {
    try (density as? any ConditionalDensity)?.turns(conditions) ?? []
  }

  private func conditionTables(_ rows: Range<Int>, _ turns: [Int]) -> ConditionTables? {
    guard let network = model.conditions, let base = density as? any ConditionalDensity
    else { return nil }
    let tables = ConditionTables(
      network, base, count: rows.count, groupSize: 1, learnsLogZ: false, prior: model.prior)
    for (index, row) in rows.enumerated() { tables.set(index, to: turns[row % turns.count]) }
    return tables
  }

  /// β log ρ; a point outside the support stays there whatever β.
  private func tempered(_ logDensity: Double) -> Double {
    let beta = trainer.config.prior.inverseTemperature
    return beta == 1 || logDensity == -.infinity ? logDensity : beta * logDensity
  }

  private func forEachChunk(of count: Int, _ body: (Range<Int>) throws -> Void) rethrows {
    for first in stride(from: 0, to: count, by: Self.chunk) {
      try body(first..<min(count, first + Self.chunk))
    }
  }

  /// log ρ of points; outside the support, -∞, is an answer; NaN and +∞ are not.
  private func values(of density: CountedDensity, _ points: Points) throws -> [Float] {
    var values = [Float](repeating: 0, count: points.count)
    try values.withUnsafeMutableBufferPointer {
      guard let base = $0.baseAddress else { return }
      try density.logDensity(of: points, into: base)
    }
    let bad = values.indices.filter { values[$0].isNaN || values[$0] == .infinity }
    if let first = bad.first {
      throw NumericalError(
        "the log-density", count: bad.count, total: points.count, place: "sampling",
        point: points[first])
    }
    return values
  }
}
