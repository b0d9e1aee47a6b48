/// How groups of channels of images are brought to mean 0 and variance 1.
package struct ChannelNormalization {
  /// Images [images, pixels, channels]; each has statistics of its own.
  package var images, pixels, channels: Int
  /// Groups of adjacent channels that share mean and variance; divides the channels.
  package var groups: Int
  /// ε, added to the variance.
  package var epsilon: Double
  /// Factor of each channel, [channels].
  package var gain: UnsafeRawPointer
  /// Added to each channel, [channels].
  package var bias: UnsafeRawPointer
  /// Whether z / (1 + exp(-z)) of the result is taken, too.
  package var appliesSiLU: Bool

  /// Names the numbers.
  package init(
    images: Int, pixels: Int, channels: Int, groups: Int, epsilon: Double, gain: UnsafeRawPointer,
    bias: UnsafeRawPointer, appliesSiLU: Bool
  ) {
    (self.images, self.pixels, self.channels) = (images, pixels, channels)
    (self.groups, self.epsilon, self.appliesSiLU) = (groups, epsilon, appliesSiLU)
    (self.gain, self.bias) = (gain, bias)
  }

  /// Elements of memory that the kernels may use.
  package var workspaceCount: Int { (4 + (appliesSiLU ? pixels : 0)) * channels }
}

/// Normalisation of images over pixels and groups of channels.
package protocol ChannelNormalizationKernels {
  /// y = f(gain (x - mean) / √(variance + ε) + bias), f the identity or z / (1 + exp(-z)).
  ///
  /// A channel's pixels are added in runs of 64, run after run; then its group's channels in order.
  /// - Parameters:
  ///   - statistics: Mean and 1 / √(variance + ε) of each group, [images, groups, 2], written.
  ///   - workspace: `workspaceCount` elements.
  static func normalizeChannels(
    _ plan: ChannelNormalization, _ x: UnsafeRawPointer, to y: UnsafeMutableRawPointer,
    statistics: UnsafeMutableRawPointer, workspace: UnsafeMutableRawPointer)

  /// Writes or adds the gradient by x, and adds those by gain and bias, [channels].
  ///
  /// - Parameter dx: Shaped like x; nil where it is not wanted, and so for the others.
  static func normalizeChannelsGradient(
    _ plan: ChannelNormalization, _ x: UnsafeRawPointer, _ dy: UnsafeRawPointer,
    statistics: UnsafeRawPointer, to dx: UnsafeMutableRawPointer?, accumulating: Bool,
    gain: UnsafeMutableRawPointer?, bias: UnsafeMutableRawPointer?,
    workspace: UnsafeMutableRawPointer)
}
