/// The buffers of one way back x′ → x, each [rows, dimension] and dense.
package struct ReversalBuffers {
  /// States before the step: where the way back ends.
  package var x: UnsafeMutableRawPointer
  /// States after the step: where the way back begins.
  package var next: UnsafeRawPointer
  /// Input of the learned mean; nil where nothing is learned.
  package var mean: UnsafeRawPointer?
  /// Input of the learned variance; nil where nothing is learned.
  package var raw: UnsafeRawPointer?
  /// Half-width of what is learned, below 1.
  package var range: Double
  /// Rows in the block.
  package var rows: Int
  /// Columns of each row.
  package var dimension: Int

  /// Names the buffers.
  package init(
    x: UnsafeMutableRawPointer, next: UnsafeRawPointer, mean: UnsafeRawPointer?,
    raw: UnsafeRawPointer?, range: Double, rows: Int, dimension: Int
  ) {
    self.x = x
    self.next = next
    self.mean = mean
    self.raw = raw
    self.range = range
    self.rows = rows
    self.dimension = dimension
  }
}

/// The loops over one way back of a discretised diffusion, whose mean and variance may be learned.
///
///     x ~ N(x′ - (1 - backwardRetention) m x′, backwardVariance s)
///     m = 1 + range tanh(mean),  s = 1 + range tanh(raw)
///
/// Where backwardVariance is 0, x is 0 for certain and all log-densities and gradients are 0.
package protocol ReversalKernels {
  /// Draws x with noise [rows, dimension].
  static func retreat(
    _ step: GaussianStepCoefficients, _ buffers: ReversalBuffers, noise: UnsafeRawPointer)

  /// Writes log P_B(x | x′) of each row to `out`, [rows].
  static func logReversal(
    _ step: GaussianStepCoefficients, _ buffers: ReversalBuffers,
    to out: UnsafeMutablePointer<Double>)

  /// Writes seed[row] ∂ log P_B / ∂(mean, raw) to `mean` and `raw`, [rows, dimension].
  static func logReversalGradient(
    _ step: GaussianStepCoefficients, _ buffers: ReversalBuffers, seed: UnsafePointer<Double>,
    mean: UnsafeMutableRawPointer, raw: UnsafeMutableRawPointer)
}
