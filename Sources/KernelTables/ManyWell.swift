/// The loop over the points of a product of double wells.
package protocol ManyWellKernels {
  /// Writes log ρ of each row of x to `out`, [rows], and its gradient to `score`, [rows, dimension].
  ///
  /// Even columns a and odd columns b alternate, and log ρ = Σ -a⁴ + 6a² + a/2 - b²/2.
  static func manyWell(
    x: UnsafeRawPointer, rows: Int, dimension: Int, logDensity out: UnsafeMutableRawPointer,
    score: UnsafeMutableRawPointer?)
}
