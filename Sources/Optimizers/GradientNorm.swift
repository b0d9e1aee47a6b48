import Kernels

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
