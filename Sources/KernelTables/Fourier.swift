/// Sinusoidal features of a scalar with learned phases.
package protocol FourierKernels {
  /// y[r, :] = [sin(t_r f + phase), cos(t_r f + phase)], with y [rows, 2 count].
  static func fourier(
    _ t: UnsafeRawPointer, frequencies: UnsafeRawPointer, phases: UnsafeRawPointer,
    to y: UnsafeMutableRawPointer, rows: Int, count: Int)

  /// Adds to phases[j] the sum over rows of cos dy[r, j] - sin dy[r, count + j], from y itself.
  static func fourierGradient(
    _ y: UnsafeRawPointer, _ dy: UnsafeRawPointer, into phases: UnsafeMutableRawPointer, rows: Int,
    count: Int)
}
