import Densities
import Kernels
import Storage
import Tensors
import Training

/// What a sampler of chains needs of a trainer.
protocol StepTrainer: RunTrainer {
  /// The chain that learns.
  var model: any DenoisingModel { get }
  /// The chain that it is compared with; nil for noising.
  var prior: (any DenoisingModel)? { get }
  /// β: log-weights are those of ρ^β.
  var finalInverseTemperature: Double { get }
}

extension StepTrainer {
  /// Calls `body` with the averaged parameters where there are any.
  func withAverage<Result>(_ body: () throws -> Result) rethrows -> Result {
    average?.swapWithParameters()
    defer { average?.swapWithParameters() }
    return try body()
  }
}

/// Draws by following a trained chain from noise to data.
///
/// Of a prior, the log-weight of a draw is log ρ(x) + Σ log noising - Σ log p, start included; of a posterior
/// β log ρ(x) + Σ log p - Σ log q, ρ being the constraint.
struct StepSampler: RunSampler {
  let trainer: any StepTrainer
  let pool: ThreadPool

  func sample(
    _ count: Int, seed: UInt64, _ config: SamplingConfig, _ poll: () throws -> Void
  ) throws -> Draws {
    let counted = CountedDensity(try config.restated(trainer.density.base))
    let stream = RandomStream(seed: seed).folding(.sampling)
    let turns = try (counted.base as? any ConditionalDensity)?.turns(config.conditions) ?? []
    let outcome = try run(count, nil, counted, stream, turns: turns, steps: config.steps, poll)
    return Draws(
      x: outcome.x, logWeights: outcome.weights, logDensity: outcome.logDensity,
      conditions: turns.isEmpty ? [] : (0..<count).map { turns[$0 % turns.count] }, count: count,
      dimension: counted.dimension, energyCalls: counted.energyCalls,
      gradientCalls: counted.gradientCalls)
  }

  func backwardWeights(
    of points: [Float], _ counted: CountedDensity, _ stream: RandomStream, steps: Int?,
    _ poll: () throws -> Void
  ) throws -> (weights: [Double], logDensity: [Double]) {
    let outcome = try run(
      points.count / counted.dimension, points, counted, stream, steps: steps ?? 0, poll)
    return (outcome.weights, outcome.logDensity)
  }

  private typealias Outcome = (x: [Float], weights: [Double], logDensity: [Double])

  /// Paths from noise, or from given ends backwards.
  private func run(
    _ count: Int, _ ends: [Float]?, _ counted: CountedDensity, _ stream: RandomStream,
    turns: [Int] = [], steps: Int, _ poll: () throws -> Void
  ) throws -> Outcome {
    let model = steps == 0 ? trainer.model : try trainer.model.with(steps: steps)
    let prior = steps == 0 ? trainer.prior : try trainer.prior?.with(steps: steps)
    let simulator = StepSimulator(
      model, reference: prior.map { .chain($0) } ?? .noising, trainer.parameters, pool: pool)
    let d = counted.dimension
    let bytes = 4 * (model.steps + 1) * d
    let chunk = min(max(model.tapeRows, (1 << 26) / bytes), max(1, count))
    let paths = StepPaths(capacity: chunk, steps: model.steps, dimension: d)
    var outcome: Outcome = ([], [], [])
    for first in stride(from: 0, to: count, by: chunk) {
      let rows = min(chunk, count - first)
      let conditions = StepConditions(counted.base, count: rows)
      conditions?.set(turns, from: first)
      try trainer.withAverage {
        try trainer.density.counting(in: counted) {
          try (ends ?? []).withUnsafeBufferPointer { points in
            let origin: StepSimulator.Origin =
              if ends != nil, let start = points.baseAddress { .ends(start + first * d) } else {
                .start
              }
            try simulator.run(
              rows, firstRow: first, from: origin, stream,
              conditions: conditions.map { UnsafePointer($0.features) }, into: paths, poll)
          }
        }
      }
      try append(paths, rows, counted, conditions, isPosterior: prior != nil, to: &outcome)
    }
    return outcome
  }

  private func append(
    _ paths: StepPaths, _ rows: Int, _ counted: CountedDensity, _ conditions: StepConditions?,
    isPosterior: Bool, to outcome: inout Outcome
  ) throws {
    let x = Array(UnsafeBufferPointer(start: paths.ends, count: rows * paths.dimension))
    let values = try counted.logDensity(
      of: x, conditions: conditions.map { UnsafePointer($0.indices) })
    try refuseNaN(x, values)
    for (row, value) in values.enumerated() {
      let start = isPosterior ? 0 : paths.logStart[row]
      outcome.weights.append(
        trainer.finalInverseTemperature * value + paths.logRatio(of: row) - start)
    }
    outcome.x += x
    outcome.logDensity += values
  }

  private func refuseNaN(_ x: [Float], _ values: [Double]) throws {
    let bad = values.indices.filter { values[$0].isNaN || values[$0] == .infinity }
    guard let first = bad.first else { return }
    let d = x.count / values.count
    throw NumericalError(
      "the log-density", count: bad.count, total: values.count, place: "sampling",
      point: Array(x[first * d..<(first + 1) * d]))
  }
}
