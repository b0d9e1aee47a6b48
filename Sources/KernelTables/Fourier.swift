/// Sinusoidal features of a scalar with learned phases.
public protocol FourierKernels {
  /// y[r, :] = [sin(t_r f + phase), cos(t_r f + phase)], with y [rows, 2 count].
  static func fourier(
    _ t: UnsafeRawPointer, frequencies: UnsafeRawPointer, phases: UnsafeRawPointer,
    to y: UnsafeMutableRawPointer, rows: Int, count: Int)
}
