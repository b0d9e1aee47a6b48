import Kernels
import Optimizers
import Tensors

/// The norm of a gradient that a step may use.
///
/// A gradient whose squares are too large for a Float would make an optimiser's second moments infinite,
/// and every later step 0; it is refused unless it is clipped.
/// - Parameters:
///   - loss: What it is the gradient of.
///   - gradient: [parameters].
///   - bound: The norm it will be shortened to; 0 for none.
///   - place: When, for the error.
/// - Throws: `NumericalError`.
public func checkedNorm(
  _ loss: Double, _ gradient: UnsafePointer<Float>, of parameters: ParameterSet, bound: Double,
  at place: String = ""
) throws(NumericalError) -> Double {
  guard loss.isFinite else { throw NumericalError("the loss", count: 1, total: 1, place: place) }
  let norm = gradientNorm(gradient, of: parameters)
  guard norm.isFinite else {
    let bad = InstructionSet.active.kernels.countNonFinite(gradient, count: parameters.count)
    throw NumericalError("the gradient", count: bad, total: parameters.count, place: place)
  }
  guard norm * clippingFactor(norm: norm, bound: bound) < largestNorm else {
    throw NumericalError(
      "the square of the gradient", count: 1, total: parameters.count, place: place,
      advice: "its norm is \(Float(norm)), which optimizer.clip_norm bounds")
  }
  return norm
}

/// The root of the largest Float.
private let largestNorm = Double(Float.greatestFiniteMagnitude).squareRoot()
