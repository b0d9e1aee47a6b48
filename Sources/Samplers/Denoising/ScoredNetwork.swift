import Networks
import Tensors

/// A network that may have a constraint's score in what it says.
protocol ScoredNetwork: ChainNetwork {
  /// Whether it has.
  var usesScore: Bool { get }

  /// - Parameter scores: Where the scores are, or belong; nil to find them and to forget them.
  func callAsFunction(
    _ x: Tensor, at times: Tensor, conditions: Tensor?, scores: StepScores?, _ context: Context
  ) -> DenoisingOutput
}

extension ScoredNetwork {
  func callAsFunction(
    _ x: Tensor, at times: Tensor, conditions: Tensor?, _ context: Context
  ) -> DenoisingOutput {
    self(x, at: times, conditions: conditions, scores: nil, context)
  }
}

/// Memory for the scores of some rows, which are dear: a path's are found once, and serve its gradient, too.
package struct StepScores: @unchecked Sendable {
  /// [rows, D].
  let values: UnsafeMutablePointer<Float>
  /// Whether they are there; else they are to be written.
  let areKnown: Bool

  /// The scores as a constant, found and written where they are not there yet.
  func tensor(_ shape: Shape, on tape: Tape, _ find: () -> [Float]) -> Tensor {
    if !areKnown { values.update(from: find(), count: shape.count) }
    return tape.constant(Array(UnsafeBufferPointer(start: values, count: shape.count)), shape)
  }
}
