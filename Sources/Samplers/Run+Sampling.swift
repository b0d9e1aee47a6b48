import Densities
import Kernels
import Training

extension Run {
  /// Rows simulated at a time; the result does not depend on it.
  private static let chunk = 3000

  /// Draws points.
  ///
  /// The same seed gives the same bits, and the first n of more draws are the same.
  /// - Parameter steps: Steps of a path, by default as many as in training.
  /// - Throws: `NumericalError` for a density that is NaN; what `poll` throws.
  public func sample(
    _ count: Int, seed: UInt64, steps: Int? = nil, poll: () throws -> Void = {}
  ) throws -> Draws {
    let d = density.density.dimension
    let counted = CountedDensity(density.density)
    let paths = PathEnds(model, counted, steps: steps, pool: pool)
    let stream = RandomStream(seed: seed).folding(.sampling)
    var x = [Float](repeating: 0, count: count * d)
    var logWeights = [Double](repeating: 0, count: count)
    var logDensity = [Double](repeating: 0, count: count)
    try forEachChunk(of: count) { rows in
      let settings = SimulationSettings(
        stream: stream, firstRow: rows.lowerBound, nonFinite: config.nonFinite)
      try x.withUnsafeMutableBufferPointer { x in
        try logWeights.withUnsafeMutableBufferPointer { weights in
          guard let x = x.baseAddress, let weights = weights.baseAddress else { return }
          let ends = x + rows.lowerBound * d
          try paths.run(
            rows.count, settings, ends: ends, logRatios: weights + rows.lowerBound, poll)
          let values = try self.values(of: counted, Points(ends, count: rows.count, dimension: d))
          for (value, row) in zip(values, rows) {
            logDensity[row] = Double(value)
            weights[row] += Double(value)
          }
        }
      }
    }
    return Draws(
      x: x, logWeights: logWeights, logDensity: logDensity, count: count, dimension: d,
      energyCalls: counted.energyCalls, gradientCalls: counted.gradientCalls)
  }

  /// log ρ + Σ log P_B - Σ log P_F of paths drawn backwards from given points, one from each.
  func logWeights(
    of points: [Float], _ counted: CountedDensity, _ stream: RandomStream, steps: Int?,
    _ poll: () throws -> Void
  ) throws -> [Double] {
    let d = density.density.dimension
    let paths = PathEnds(model, counted, steps: steps, pool: pool)
    let count = points.count / d
    var result = [Double](repeating: 0, count: count)
    try points.withUnsafeBufferPointer { points in
      try result.withUnsafeMutableBufferPointer { result in
        guard let points = points.baseAddress, let result = result.baseAddress else { return }
        try forEachChunk(of: count) { rows in
          let x = points + rows.lowerBound * d
          let values = try self.values(of: counted, Points(x, count: rows.count, dimension: d))
          let settings = SimulationSettings(
            stream: stream, firstRow: rows.lowerBound,
            origin: .ends(EndPoints(x: x, logDensity: nil)), nonFinite: config.nonFinite)
          let weights = result + rows.lowerBound
          try paths.run(rows.count, settings, ends: nil, logRatios: weights, poll)
          for (index, value) in values.enumerated() { weights[index] += Double(value) }
        }
      }
    }
    return result
  }

  private func forEachChunk(of count: Int, _ body: (Range<Int>) throws -> Void) rethrows {
    for first in stride(from: 0, to: count, by: Run.chunk) {
      try body(first..<min(count, first + Run.chunk))
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
