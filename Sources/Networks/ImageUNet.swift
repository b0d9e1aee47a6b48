import Tensors

/// A U-Net as a denoising network: rows of pixels in, rows of pixels out.
package struct ImageUNet: DenoisingNetwork {
  private var network: UNet
  private let height, width: Int

  /// Declares all parameters.
  /// - Parameters:
  ///   - conditionDimension: Numbers that describe a condition; 0 for none.
  ///   - hasVariance: Whether it says variances beside values.
  /// - Throws: `UNetError` where the numbers do not go together.
  package init(
    _ config: UNetConfig, height: Int, width: Int, conditionDimension: Int = 0,
    hasVariance: Bool = false, in set: ParameterSet
  ) throws(UNetError) {
    try config.validate(height: height, width: width)
    network = try UNet(
      config, outputs: hasVariance ? 2 * config.channels : config.channels,
      conditionDimension: conditionDimension, in: set)
    (self.height, self.width) = (height, width)
  }

  package var tapeRows: Int {
    max(1, min(64, 4096 / (height * width)))
  }

  package func callAsFunction(
    _ x: Tensor, at times: Tensor, conditions: Tensor?, _ context: Context
  ) -> DenoisingOutput {
    let (tape, rows, channels) = (context.tape, x.shape[0], network.config.channels)
    let y = network(
      tape.reshape(x, Shape(rows, height, width, channels)), at: times, conditions: conditions,
      context)
    let columns = height * width * channels
    guard y.shape[-1] > channels else {
      return DenoisingOutput(value: tape.reshape(y, Shape(rows, columns)))
    }
    let parts = tape.split(y, sizes: [channels, channels])
    return DenoisingOutput(
      value: tape.reshape(parts[0], Shape(rows, columns)),
      variance: tape.reshape(parts[1], Shape(rows, columns)))
  }

  package func adapted(
    _ name: String, rank: Int, alpha: Double, in set: ParameterSet
  ) -> ImageUNet {
    var copy = self
    copy.network = network.adapted(name, rank: rank, alpha: alpha, in: set)
    return copy
  }
}
