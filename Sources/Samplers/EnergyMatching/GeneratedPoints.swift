/// A batch of the regression, each row with its own noise.
final class RegressionBatch {
  let x, origins, scores, goals, times, deviations, weights: UnsafeMutablePointer<Float>

  init(rows: Int, dimension: Int) {
    x = .allocate(capacity: rows * dimension)
    origins = .allocate(capacity: rows * dimension)
    scores = .allocate(capacity: rows * dimension)
    goals = .allocate(capacity: rows * dimension)
    times = .allocate(capacity: rows)
    deviations = .allocate(capacity: rows)
    weights = .allocate(capacity: rows)
  }

  deinit {
    for buffer in [x, origins, scores, goals, times, deviations, weights] { buffer.deallocate() }
  }
}

/// Points of one generation.
final class GeneratedPoints {
  let count: Int
  let dimension: Int
  /// [count, D].
  let x: UnsafeMutablePointer<Float>
  /// log ρ, [count].
  let logDensity: UnsafeMutablePointer<Float>
  /// log P_B - log P_F of each path, [count].
  let logRatios: UnsafeMutablePointer<Double>
  /// Room for scores, [count, D].
  let scores: UnsafeMutablePointer<Float>

  init(count: Int, dimension: Int) {
    (self.count, self.dimension) = (count, dimension)
    x = .allocate(capacity: max(1, count * dimension))
    logDensity = .allocate(capacity: max(1, count))
    logRatios = .allocate(capacity: max(1, count))
    scores = .allocate(capacity: max(1, count * dimension))
  }

  deinit {
    x.deallocate()
    logDensity.deallocate()
    logRatios.deallocate()
    scores.deallocate()
  }
}
