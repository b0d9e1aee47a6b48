import Densities
import Kernels
import Training

/// Draws by the reverse process of energy matching.
struct EnergyMatchingSampler: RunSampler {
  let trainer: EnergyMatchingTrainer

  /// Rows simulated at a time; the result does not depend on it.
  private static let chunk = 3000

  private var matching: EnergyMatchingConfig { trainer.config.energyMatching }

  func sample(
    _ count: Int, seed: UInt64, _ config: SamplingConfig, _ poll: () throws -> Void
  ) throws -> Draws {
    let d = trainer.density.dimension
    let counted = CountedDensity(trainer.density.base)
    let steps = config.steps == 0 ? matching.generateSteps : config.steps
    let stream = RandomStream(seed: seed).folding(.sampling)
    var x: [Float] = []
    var (logWeights, logDensity): ([Double], [Double]) = ([], [])
    let jacobian = Double(trainer.process.freedom) * scalarLog(matching.scale)
    for first in stride(from: 0, to: count, by: Self.chunk) {
      let rows = min(Self.chunk, count - first)
      let points = GeneratedPoints(count: rows, dimension: d)
      trainer.process.start(
        rows: rows, firstRow: first, stream, into: points.x, logRatios: points.logRatios)
      try trainer.withChosen {
        try trainer.process.run(
          rows: rows, firstRow: first, steps: steps, stream, source: .network(counted), points.x,
          logRatios: points.logRatios, poll)
      }
      try trainer.evaluate(points, counted)
      for row in 0..<rows {
        logWeights.append(points.logRatios[row] + Double(points.logDensity[row]) + jacobian)
        logDensity.append(Double(points.logDensity[row]))
      }
      for i in 0..<rows * d { x.append(points.x[i] * Float(matching.scale)) }
    }
    try refuseNaN(x, logDensity)
    return Draws(
      x: x, logWeights: logWeights, logDensity: logDensity, conditions: [], count: count,
      dimension: d, energyCalls: counted.energyCalls, gradientCalls: counted.gradientCalls)
  }

  func backwardWeights(
    of points: [Float], _ counted: CountedDensity, _ stream: RandomStream, steps: Int?,
    _ poll: () throws -> Void
  ) throws -> (weights: [Double], logDensity: [Double]) {
    let d = trainer.density.dimension
    let count = points.count / d
    let jacobian = Double(trainer.process.freedom) * scalarLog(matching.scale)
    var (result, logDensity): ([Double], [Double]) = ([], [])
    for first in stride(from: 0, to: count, by: Self.chunk) {
      let rows = min(Self.chunk, count - first)
      let batch = GeneratedPoints(count: rows, dimension: d)
      for i in 0..<rows * d { batch.x[i] = points[first * d + i] / Float(matching.scale) }
      trainer.system?.removeMean(batch.x, rows: rows)
      try trainer.evaluate(batch, counted)
      try trainer.withChosen {
        try trainer.process.noiseUp(
          rows: rows, firstRow: first, steps: steps ?? matching.generateSteps, stream, counted,
          batch.x, logRatios: batch.logRatios, poll)
      }
      for row in 0..<rows {
        result.append(batch.logRatios[row] + Double(batch.logDensity[row]) + jacobian)
        logDensity.append(Double(batch.logDensity[row]))
      }
    }
    return (result, logDensity)
  }

  private func refuseNaN(_ x: [Float], _ logDensity: [Double]) throws {
    let bad = logDensity.indices.filter { logDensity[$0].isNaN || logDensity[$0] == .infinity }
    guard let first = bad.first else { return }
    let d = trainer.density.dimension
    throw NumericalError(
      "the log-density", count: bad.count, total: logDensity.count, place: "sampling",
      point: Array(x[first * d..<(first + 1) * d]))
  }
}
