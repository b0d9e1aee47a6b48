/// One transition x → x′ of a discretised diffusion for a block of rows.
///
/// Forward: x′ ~ N(retention x + duration μ, duration exp(ℓ)) with
/// ℓ = logVariance + logVarianceRange tanh(raw), both per element.
/// Backward: x ~ N(backwardRetention x′, backwardVariance); a zero variance means a certain step,
/// whose log-density is 0 by convention.
package struct GaussianStepCoefficients: Sendable, Equatable {
  /// Factor on x in the forward mean.
  package var retention: Double
  /// Length of the step in time.
  package var duration: Double
  /// ln σ², the variance rate before learning.
  package var logVariance: Double
  /// Half-width of the learned change of ln σ²; 0 for a fixed variance.
  package var logVarianceRange: Double
  /// Factor on x′ in the backward mean.
  package var backwardRetention: Double
  /// Variance of the backward step.
  package var backwardVariance: Double
  /// log(2π duration).
  package var forwardConstant: Double
  /// log(2π backwardVariance); unread when that variance is 0.
  package var backwardConstant: Double

  /// Makes the coefficients of a step.
  package init(
    retention: Double = 1, duration: Double, logVariance: Double, logVarianceRange: Double = 0,
    backwardRetention: Double, backwardVariance: Double, forwardConstant: Double,
    backwardConstant: Double
  ) {
    self.retention = retention
    self.duration = duration
    self.logVariance = logVariance
    self.logVarianceRange = logVarianceRange
    self.backwardRetention = backwardRetention
    self.backwardVariance = backwardVariance
    self.forwardConstant = forwardConstant
    self.backwardConstant = backwardConstant
  }
}

/// The buffers of one transition, each [rows, dimension] and dense.
package struct GaussianStepBuffers {
  /// States before the step.
  package var x: UnsafeRawPointer
  /// States after the step.
  package var next: UnsafeMutableRawPointer
  /// Drift μ.
  package var drift: UnsafeRawPointer
  /// Input of the learned variance; unread when its range is 0.
  package var raw: UnsafeRawPointer?
  /// Rows in the block.
  package var rows: Int
  /// Columns of each row.
  package var dimension: Int

  /// Names the buffers.
  package init(
    x: UnsafeRawPointer, next: UnsafeMutableRawPointer, drift: UnsafeRawPointer,
    raw: UnsafeRawPointer?, rows: Int, dimension: Int
  ) {
    self.x = x
    self.next = next
    self.drift = drift
    self.raw = raw
    self.rows = rows
    self.dimension = dimension
  }
}

/// The loops over one transition.
package protocol GaussianStepKernels {
  /// Draws x′ with noise [rows, dimension] and `exploration` added to the variance of the step.
  static func propose(
    _ step: GaussianStepCoefficients, _ buffers: GaussianStepBuffers, noise: UnsafeRawPointer,
    exploration: Double)

  /// Writes log P_F(x′ | x) of each row to `out`, [rows].
  static func logForward(
    _ step: GaussianStepCoefficients, _ buffers: GaussianStepBuffers,
    to out: UnsafeMutablePointer<Double>)

  /// Writes log P_B(x | x′) of each row to `out`, [rows].
  static func logBackward(
    _ step: GaussianStepCoefficients, _ buffers: GaussianStepBuffers,
    to out: UnsafeMutablePointer<Double>)

  /// Writes seed[row] ∂ log P_F / ∂(μ, raw) to `drift` and `raw`, [rows, dimension].
  static func logForwardGradient(
    _ step: GaussianStepCoefficients, _ buffers: GaussianStepBuffers,
    seed: UnsafePointer<Double>, drift: UnsafeMutableRawPointer, raw: UnsafeMutableRawPointer?)
}
