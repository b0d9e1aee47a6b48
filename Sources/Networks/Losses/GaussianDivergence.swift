import Tensors

// Kullback-Leibler divergences of Gaussians with independent coordinates. A Gaussian is its mean and
// the logarithm of its variance, both [rows, dimension].

extension Tape {
  /// Σ KL(N(μ, e^ℓ) | N(0, 1)) = Σ ½ (μ² + e^ℓ - 1 - ℓ).
  package func gaussianDivergence(
    mean: Tensor, logVariance: Tensor, _ reduction: LossReduction = .sum
  ) -> Tensor {
    let spread = subtract(apply(.exponential, logVariance), logVariance)
    let sum = add(apply(.square, mean), spread)
    return reduce(affine(sum, scale: 0.5, shift: -0.5), reduction)
  }

  /// Σ KL(N(μ₁, e^ℓ₁) | N(μ₂, e^ℓ₂)) = Σ ½ (ℓ₂ - ℓ₁ - 1 + e^(ℓ₁ - ℓ₂) + (μ₁ - μ₂)² e^(-ℓ₂)).
  package func gaussianDivergence(
    mean: Tensor, logVariance: Tensor, fromMean otherMean: Tensor,
    logVariance otherLogVariance: Tensor, _ reduction: LossReduction = .sum
  ) -> Tensor {
    let ratio = subtract(logVariance, otherLogVariance)
    let precision = apply(.exponential, scale(otherLogVariance, by: -1))
    let square = multiply(apply(.square, subtract(mean, otherMean)), precision)
    let sum = add(subtract(apply(.exponential, ratio), ratio), square)
    return reduce(affine(sum, scale: 0.5, shift: -0.5), reduction)
  }
}
