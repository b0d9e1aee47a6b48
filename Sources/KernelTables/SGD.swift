/// The numbers of one step of gradient descent with momentum.
package struct SGDCoefficients: Sendable, Equatable {
  /// Learning rate.
  package var rate: Double
  /// The part μ of the velocity that is kept.
  package var momentum: Double
  /// Whether the step looks ahead along the velocity.
  package var nesterov: Bool
  /// L2 penalty added to the gradient.
  package var weightDecay: Double
  /// Multiplies the gradient: 1, or less where it is clipped.
  package var gradientFactor: Double

  /// Makes the coefficients.
  package init(
    rate: Double, momentum: Double, nesterov: Bool, weightDecay: Double, gradientFactor: Double = 1
  ) {
    self.rate = rate
    self.momentum = momentum
    self.nesterov = nesterov
    self.weightDecay = weightDecay
    self.gradientFactor = gradientFactor
  }
}
