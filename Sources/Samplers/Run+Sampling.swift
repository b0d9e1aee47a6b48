import Densities
import Kernels
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
    let paths = PathEnds(model, counted, pool: pool)
    var x = [Float](repeating: 0, count: count * d)
    var logWeights = [Double](repeating: 0, count: count)
    var logDensity = [Double](repeating: 0, count: count)
    var first = 0
    while first < count {
      let rows = min(Run.chunk, count - first)
      let settings = SimulationSettings(
        stream: RandomStream(seed: seed).folding(.sampling), firstRow: first,
        nonFinite: config.nonFinite)
      try x.withUnsafeMutableBufferPointer { x in
        try logWeights.withUnsafeMutableBufferPointer { weights in
          guard let x = x.baseAddress, let weights = weights.baseAddress else { return }
          let ends = x + first * d
          try paths.run(rows, settings, ends: ends, logRatios: weights + first, poll)
          let values = try self.values(of: counted, Points(ends, count: rows, dimension: d))
          for r in 0..<rows {
            logDensity[first + r] = Double(values[r])
            weights[first + r] += Double(values[r])
          }
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
