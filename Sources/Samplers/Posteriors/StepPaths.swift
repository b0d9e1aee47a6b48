/// A batch of whole paths of a chain and the log-probabilities of their steps.
///
/// Arrays over steps are step-major, as in `PathRecord`.
final class StepPaths: @unchecked Sendable {
  /// Paths there is room for, B.
  let capacity: Int
  /// T and D.
  let steps, dimension: Int
  /// x_0 … x_T, [T + 1, B, D].
  let states: UnsafeMutablePointer<Float>
  /// log of the model's own transitions, [T, B].
  let logForward: UnsafeMutablePointer<Double>
  /// log of the reference's transitions, [T, B].
  let logReference: UnsafeMutablePointer<Double>
  /// log p(x_0), [B].
  let logStart: UnsafeMutablePointer<Double>
  /// Scores of a constraint that the model had on its way, [T, B, D]; nil where they are not kept.
  let scores: UnsafeMutablePointer<Float>?

  /// Room for some paths.
  init(capacity: Int, steps: Int, dimension: Int, keepsScores: Bool = false) {
    (self.capacity, self.steps, self.dimension) = (capacity, steps, dimension)
    states = .allocate(capacity: (steps + 1) * capacity * dimension)
    logForward = .allocate(capacity: max(1, steps * capacity))
    logReference = .allocate(capacity: max(1, steps * capacity))
    logStart = .allocate(capacity: max(1, capacity))
    scores = keepsScores ? .allocate(capacity: max(1, steps * capacity * dimension)) : nil
  }

  deinit {
    states.deallocate()
    logForward.deallocate()
    logReference.deallocate()
    logStart.deallocate()
    scores?.deallocate()
  }

  /// x_i from a path on.
  func state(_ step: Int, from path: Int = 0) -> UnsafeMutablePointer<Float> {
    states + (step * capacity + path) * dimension
  }

  /// Where the scores of a step belong, from a path on.
  func scores(of step: Int, from path: Int) -> StepScores? {
    scores.map {
      StepScores(values: $0 + (step * capacity + path) * dimension, areKnown: false)
    }
  }

  /// x_T, [B, D].
  var ends: UnsafeMutablePointer<Float> { state(steps) }

  /// Σ log reference - Σ log forward of a path.
  func logRatio(of path: Int) -> Double {
    var sum = 0.0
    for i in 0..<steps {
      sum += logReference[i * capacity + path] - logForward[i * capacity + path]
    }
    return sum
  }
}
