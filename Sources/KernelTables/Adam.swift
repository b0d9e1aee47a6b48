/// The numbers of one Adam update.
package struct AdamCoefficients: Sendable, Equatable {
  /// Learning rate divided by the first moment's bias correction, 1 - β₁ᵗ.
  package var rate: Double
  /// Decay β₁ of the first moment.
  package var momentDecay: Double
  /// Decay β₂ of the second moment.
  package var varianceDecay: Double
  /// Square root of the second moment's bias correction, √(1 - β₂ᵗ).
  package var varianceCorrection: Double
  /// ε, added to the corrected root of the second moment.
  package var epsilon: Double
  /// L2 penalty added to the gradient.
  package var weightDecay: Double
  /// The part of each parameter taken away: decoupled weight decay.
  package var shrinkage: Double
  /// Multiplies the gradient: 1, or less where it is clipped.
  package var gradientFactor: Double

  /// Makes the coefficients.
  package init(
    rate: Double, momentDecay: Double, varianceDecay: Double, varianceCorrection: Double,
    epsilon: Double, weightDecay: Double, shrinkage: Double = 0, gradientFactor: Double = 1
  ) {
    self.rate = rate
    self.momentDecay = momentDecay
    self.varianceDecay = varianceDecay
    self.varianceCorrection = varianceCorrection
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    self.shrinkage = shrinkage
    self.gradientFactor = gradientFactor
  }
}
