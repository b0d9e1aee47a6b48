/// Which classes the rows of a batch should have.
package struct ClassTargets: BitwiseCopyable {
  /// The class of each row, [rows]; nil where probabilities say it.
  package var labels: UnsafePointer<Int32>?
  /// The probability of each class, [rows, classes]; nil where labels say it.
  package var probabilities: UnsafeRawPointer?
  /// ε: the part of the probability that is spread evenly over all classes.
  package var smoothing: Double

  /// Names the buffers.
  package init(
    labels: UnsafePointer<Int32>?, probabilities: UnsafeRawPointer?, smoothing: Double
  ) {
    self.labels = labels
    self.probabilities = probabilities
    self.smoothing = smoothing
  }
}

/// Cross-entropy with the logarithm of a softmax, value and gradient at once.
package protocol CrossEntropyKernels {
  /// losses[r] = -Σ_k t[r, k] log p[r, k], p the softmax of a row of logits.
  ///
  ///     t = (1 - ε) target + ε / classes,    gradient[r, k] = p Σ_k t - t
  ///
  /// A row with a negative label has no loss and no gradient.
  /// - Parameters:
  ///   - losses: [rows].
  ///   - gradient: [rows, classes]; nil where it is not wanted.
  static func crossEntropy(
    _ logits: UnsafeRawPointer, _ targets: ClassTargets, losses: UnsafeMutableRawPointer,
    gradient: UnsafeMutableRawPointer?, rows: Int, classes: Int)
}
