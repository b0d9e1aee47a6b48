/// An isotropic Gaussian mixture as kernels read it.
package struct MixtureParameters {
  /// Means, [components, dimension].
  package var means: UnsafeRawPointer
  /// Log weight minus the log normalizer of each component, [components].
  package var logScales: UnsafeRawPointer
  /// 1 / variance, shared by all components.
  package var precision: Double
  /// Number of components.
  package var components: Int
  /// Columns of each point.
  package var dimension: Int

  /// Names the parameters.
  package init(
    means: UnsafeRawPointer, logScales: UnsafeRawPointer, precision: Double, components: Int,
    dimension: Int
  ) {
    self.means = means
    self.logScales = logScales
    self.precision = precision
    self.components = components
    self.dimension = dimension
  }
}

/// The loops over a mixture's points.
package protocol MixtureKernels {
  /// Writes log ρ of each row of x to `out`, [rows], and its gradient to `score`, [rows, dimension].
  static func mixture(
    _ mixture: MixtureParameters, x: UnsafeRawPointer, rows: Int,
    logDensity out: UnsafeMutableRawPointer, score: UnsafeMutableRawPointer?)
}
