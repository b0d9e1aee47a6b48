import Networks
import Storage
import Tensors

extension DenoisingNetworkConfig {
  /// Declares the network's parameters.
  /// - Throws: `ConfigError` where the numbers do not go together.
  func makeNetwork(
    _ shape: DenoisingShape, hasVariance: Bool, in set: ParameterSet
  ) throws(ConfigError) -> any DenoisingNetwork {
    switch kind {
    case .closedForm:
      throw .invalid(
        path: "network.kind", reason: "a closed form is of gaussian noise, and learns nothing")
    case .mlp:
      return DenoisingMLP(
        dimension: shape.dimension, width: width, blocks: layers,
        conditionDimension: shape.conditionDimension, hasVariance: hasVariance, in: set)
    case .unet:
      let size = try imageSize(shape.dimension)
      do throws(UNetError) {
        return try ImageUNet(
          unet, height: size.height, width: size.width,
          conditionDimension: shape.conditionDimension, hasVariance: hasVariance, in: set)
      } catch {
        throw .invalid(path: "network", reason: "\(error)")
      }
    case .transformer:
      let size = try imageSize(shape.dimension)
      try ConfigError.require(
        size.height % patch == 0 && size.width % patch == 0, "network.patch",
        "it does not divide images of \(size.height) by \(size.width)")
      try ConfigError.require(
        width % heads == 0 && width >= 4, "network.heads", "it does not divide the width, \(width)")
      return DiffusionTransformer(
        .init(height: size.height, width: size.width, channels: channels, patch: patch),
        TransformerConfig(width: width, heads: heads, hidden: 4 * width, layers: layers),
        conditionDimension: shape.conditionDimension, hasVariance: hasVariance, in: set)
    }
  }

  private var unet: UNetConfig {
    var config = UNetConfig()
    (config.channels, config.width, config.multiples) = (channels, width, multiples)
    (config.blocks, config.groups, config.heads) = (layers, groups, heads)
    config.attentionLevels = attentionLevels
    return config
  }

  /// Rows and columns of images of so many numbers.
  private func imageSize(_ dimension: Int) throws(ConfigError) -> (height: Int, width: Int) {
    let pixels = dimension / channels
    let rows = height > 0 ? height : Int(Double(pixels).squareRoot().rounded())
    guard rows > 0, dimension == channels * pixels, pixels % rows == 0 else {
      throw .invalid(
        path: "network.height",
        reason: "\(dimension) numbers are not \(channels) channels of \(rows) rows")
    }
    return (rows, pixels / rows)
  }
}
