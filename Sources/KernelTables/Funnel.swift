/// A funnel as kernels read it.
package struct FunnelParameters: Sendable {
  /// 1 / variance of the first coordinate.
  package var precision: Double
  /// log ρ(0).
  package var constant: Double
  /// Columns of each point.
  package var dimension: Int

  /// Names the parameters.
  package init(precision: Double, constant: Double, dimension: Int) {
    self.precision = precision
    self.constant = constant
    self.dimension = dimension
  }
}

/// The loop over a funnel's points.
package protocol FunnelKernels {
  /// Writes log ρ of each row of x to `out`, [rows], and its gradient to `score`, [rows, dimension].
  ///
  /// With v the first column and s the sum of the squares of the D - 1 others,
  /// log ρ = constant - precision v²/2 - (D - 1) v/2 - exp(-v) s/2.
  static func funnel(
    _ funnel: FunnelParameters, x: UnsafeRawPointer, rows: Int,
    logDensity out: UnsafeMutableRawPointer, score: UnsafeMutableRawPointer?)
}
