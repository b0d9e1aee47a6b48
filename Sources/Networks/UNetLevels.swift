import Tensors

/// One level of a U-Net: what it is made of, the same on the way down and up.
struct UNetLevel {
  let index: Int
  /// Channels of the level, of the one above, and of the one below.
  let channels, above, below: Int
  let attends: Bool
  let isDeepest: Bool

  /// The blocks of the way down and the convolution that halves the image.
  func makeDown(_ config: UNetConfig, in set: ParameterSet) -> UNet.Level {
    let blocks = (0..<config.blocks).map {
      block("down.\(index).\($0)", inputs: $0 == 0 ? above : channels, config, set)
    }
    return UNet.Level(
      blocks: blocks, sample: isDeepest ? nil : sample("down", stride: 2, set))
  }

  /// The blocks of the way up and the convolution after the doubling of the image.
  func makeUp(_ config: UNetConfig, in set: ParameterSet) -> UNet.Level {
    let blocks = (0..<config.blocks).map {
      block("up.\(index).\($0)", inputs: channels + ($0 == 0 ? below : channels), config, set)
    }
    return UNet.Level(blocks: blocks, sample: index == 0 ? nil : sample("up", stride: 1, set))
  }

  private func block(
    _ name: String, inputs: Int, _ config: UNetConfig, _ set: ParameterSet
  ) -> UNetBlock {
    UNetBlock(
      name, inputs: inputs, outputs: channels, embedding: 4 * config.width, attends: attends,
      config, in: set)
  }

  private func sample(_ way: String, stride: Int, _ set: ParameterSet) -> Convolution2D {
    Convolution2D(
      "\(way).\(index).sample", inputs: channels, outputs: channels,
      window: ImageWindow(square: 3, stride: stride, padding: 1), in: set)
  }
}

extension UNetConfig {
  /// The levels from the first to the deepest.
  var levels: [UNetLevel] {
    let channels = multiples.map { $0 * width }
    return channels.indices.map { index in
      UNetLevel(
        index: index, channels: channels[index], above: index == 0 ? width : channels[index - 1],
        below: index + 1 < channels.count ? channels[index + 1] : channels[index],
        attends: attentionLevels.contains(index), isDeepest: index + 1 == channels.count)
    }
  }
}
