import Densities
import Kernels
import Networks
import Tensors
import Training

extension Run {
  /// Rows simulated at a time; the result does not depend on it.
  private static let chunk = 3000

  /// Draws points.
  ///
  /// The same seed gives the same bits, and the first n of more draws are the same.
  /// - Throws: `NumericalError` for a density that is NaN; what `poll` throws.
  public func sample(
    _ count: Int, seed: UInt64, poll: () throws -> Void = {}
  ) throws -> Draws {
    let d = density.density.dimension
    let counted = CountedDensity(density.density)
    let simulator = PathSimulator(model, counted, pool: pool)
    let tape = Tape()
    tape.isRecording = false
    let times = model.encodeTimes(
      Context(tape: tape, parameters: ParameterBinding(model.parameters, gradients: nil)))
    let stream = RandomStream(seed: seed).folding(.sampling)
    var x = [Float](repeating: 0, count: count * d)
    var logWeights = [Double](repeating: 0, count: count)
    var logDensity = [Double](repeating: 0, count: count)
    var first = 0
    while first < count {
      let rows = min(Run.chunk, count - first)
      let batch = PathBatch(
        count: rows, dimension: d, steps: model.process.steps, keepsPaths: false,
        keepsScores: model.network.usesScore)
      let settings = SimulationSettings(
        stream: stream, firstRow: first, nonFinite: config.nonFinite)
      try simulator.simulate(batch, times: times, settings, poll)
      try x.withUnsafeMutableBufferPointer { buffer in
        guard let base = buffer.baseAddress else { return }
        batch.copyEnds(to: base + first * d)
        let values = try self.values(
          of: counted, Points(base + first * d, count: rows, dimension: d))
        for r in 0..<rows {
          logDensity[first + r] = Double(values[r])
          logWeights[first + r] = Double(values[r]) + batch.logBackward[r] - batch.logForward[r]
        }
      }
      first += rows
    }
    return Draws(
      x: x, logWeights: logWeights, logDensity: logDensity, count: count, dimension: d,
      energyCalls: counted.energyCalls, gradientCalls: counted.gradientCalls)
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
