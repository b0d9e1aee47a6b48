import Tensors

// Losses of predicted numbers. Prediction and target have one shape, [rows, columns]; gradients flow
// to both, so detach what is not to learn.

extension Tape {
  /// Σ (x - y)².
  package func squaredError(
    _ x: Tensor, _ y: Tensor, _ reduction: LossReduction = .sum
  ) -> Tensor {
    reduce(apply(.square, difference(x, y)), reduction)
  }

  /// Σ |x - y|.
  package func absoluteError(
    _ x: Tensor, _ y: Tensor, _ reduction: LossReduction = .sum
  ) -> Tensor {
    reduce(apply(.absoluteValue, difference(x, y)), reduction)
  }

  /// Huber's loss: d²/2 for distances |d| <= δ, δ (|d| - δ/2) beyond.
  ///
  /// With q = min(|d|, δ), both are q (|d| - q/2).
  /// Reference: Huber (1964), *Robust Estimation of a Location Parameter*
  package func huberError(
    _ x: Tensor, _ y: Tensor, threshold: Double = 1, _ reduction: LossReduction = .sum
  ) -> Tensor {
    let distance = apply(.absoluteValue, difference(x, y))
    let near = minimum(distance, constant(threshold))
    return reduce(multiply(near, subtract(distance, scale(near, by: 0.5))), reduction)
  }

  private func difference(_ x: Tensor, _ y: Tensor) -> Tensor {
    precondition(x.shape == y.shape, "a loss of \(x.shape) and \(y.shape)")
    return subtract(x, y)
  }
}
