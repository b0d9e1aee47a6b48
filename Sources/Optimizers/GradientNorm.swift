import Kernels
import Tensors

// Clipping by the global norm: g ← g min(1, bound / |g|), all parameters together.
//
// The norm is summed in double precision by sixteen lanes and a fixed tree; the factor goes into
// the update's kernel, which reads the gradient anyway. Not PyTorch's bound / (|g| + 10⁻⁶): a gradient
// within the bound keeps its bits, and one beyond it ends on the bound.
//
// Reference: Pascanu, Mikolov and Bengio (2013), *On the difficulty of training recurrent neural
// networks*, algorithm 1, arXiv:1211.5063

/// The Euclidean norm of a gradient; finite exactly if all its elements are.
public func gradientNorm(_ gradient: UnsafePointer<Float>, count: Int) -> Double {
  InstructionSet.active.kernels.sumOfSquares(gradient, count: count).squareRoot()
}

/// The factor that brings a norm down to a bound: at most 1, and 1 where the bound is 0, for none.
public func clippingFactor(norm: Double, bound: Double) -> Double {
  bound > 0 && norm > bound ? bound / norm : 1
}

/// The Euclidean norm of the gradient of all parameters that learn: without running averages.
public func gradientNorm(_ gradient: UnsafePointer<Float>, of parameters: ParameterSet) -> Double {
  let kernels = InstructionSet.active.kernels
  let all = gradientNorm(gradient, count: parameters.count)
  guard parameters.entries.contains(where: { $0.group == .statistics }), all.isFinite else {
    return all
  }
  return parameters.entries.reduce(0) { sum, entry in
    guard entry.group != .statistics else { return sum }
    let (first, count) = (entry.parameter.offset, entry.parameter.shape.count)
    return sum + kernels.sumOfSquares(gradient + first, count: count)
  }.squareRoot()
}
