import Tensors

/// A U-Net that estimates the noise of images, given the time and, where there are classes, a class.
///
/// ```text
/// e = SiLU(Linear(SiLU(Linear(sinusoids(t)))) + class + Linear(condition))
/// down   blocks at each level, strided convolutions between levels
/// middle block, attention, block
/// up     blocks that take what their twin on the way down made beside their input; nearest-neighbour
///        doubling and a convolution between levels
/// out    Conv(SiLU(GroupNorm h)), beginning at zero
/// ```
///
/// Sinusoids have frequencies 10000^(-k / (C/2 - 1)), k = 0 … C/2 - 1; e has 4 C columns. Class number
/// `classes` stands for none: what guidance without a classifier needs. Height and width must be multiples
/// of 2^(levels - 1).
/// Reference: Ronneberger, Fischer and Brox (2015), arXiv:1505.04597; Ho, Jain and Abbeel (2020),
/// *Denoising diffusion probabilistic models*, arXiv:2006.11239, appendix B
package struct UNet: Sendable {
  /// Blocks of one level, and what leads to the next.
  struct Level: Sendable {
    var blocks: [UNetBlock]
    let sample: Convolution2D?
  }

  /// The numbers it was made of.
  package let config: UNetConfig
  let sinusoids: SinusoidalEmbedding
  let time: (first: Linear, second: Linear)
  let classes: Embedding?
  let condition: Linear?
  let first: Convolution2D
  private(set) var down: [Level]
  private(set) var middle: (UNetBlock, UNetBlock)
  private(set) var up: [Level]
  let norm: GroupNormalization
  let last: Convolution2D

  /// Declares all parameters.
  /// - Parameters:
  ///   - outputs: Channels of the result; those of the images by default.
  ///   - conditionDimension: Numbers that describe a condition; 0 for none.
  /// - Throws: `UNetError` where the numbers do not go together.
  package init(
    _ config: UNetConfig, outputs: Int? = nil, conditionDimension: Int = 0, in set: ParameterSet
  ) throws(UNetError) {
    try config.validate()
    self.config = config
    let (width, embedding) = (config.width, 4 * config.width)
    sinusoids = SinusoidalEmbedding(count: width / 2)
    time = (
      Linear("time.0", inputs: width, outputs: embedding, in: set),
      Linear("time.1", inputs: embedding, outputs: embedding, in: set)
    )
    classes =
      config.classes > 0
      ? Embedding("class", count: config.classes + 1, width: embedding, in: set) : nil
    condition =
      conditionDimension > 0
      ? Linear("condition", inputs: conditionDimension, outputs: embedding, in: set) : nil
    first = Convolution2D(
      "in", inputs: config.channels, outputs: width, window: ImageWindow(square: 3, padding: 1),
      in: set)
    down = config.levels.map { $0.makeDown(config, in: set) }
    let deepest = width * (config.multiples.last ?? 1)
    func block(_ name: String, attends: Bool) -> UNetBlock {
      UNetBlock(
        name, inputs: deepest, outputs: deepest, embedding: embedding, attends: attends, config,
        in: set)
    }
    middle = (block("middle.0", attends: true), block("middle.1", attends: false))
    up = config.levels.reversed().map { $0.makeUp(config, in: set) }
    norm = GroupNormalization(
      "out.norm", channels: width * config.multiples[0], groups: config.groups, appliesSiLU: true,
      in: set)
    last = Convolution2D(
      "out", inputs: width * config.multiples[0], outputs: outputs ?? config.channels,
      window: ImageWindow(square: 3, padding: 1), start: .zeros, in: set)
  }

  /// - Parameters:
  ///   - x: [images, height, width, channels].
  ///   - times: One for each image, [images, 1]; on the scale of diffusion steps, 0 to about 1000.
  ///   - labels: The class of each image; nil where there are no classes.
  ///   - conditions: What describes the condition of each, [images, conditionDimension]; nil where there are none.
  /// - Returns: [images, height, width, channels of the result].
  package func callAsFunction(
    _ x: Tensor, at times: Tensor, labels: Indices? = nil, conditions: Tensor? = nil,
    _ context: Context
  ) -> Tensor {
    let (tape, divisor) = (context.tape, 1 << (down.count - 1))
    precondition(
      x.shape[1] % divisor == 0 && x.shape[2] % divisor == 0,
      "a U-Net of \(down.count) levels on \(x.shape)")
    let embedding = embed(times, labels, conditions, context)
    let h = pass(first(x, context), 0, embedding, context)
    return last(norm(h, context), context)
  }

  /// A level's way down, all that is deeper, and its way up.
  private func pass(_ h: Tensor, _ level: Int, _ embedding: Tensor, _ context: Context) -> Tensor {
    let twin = up[down.count - 1 - level]
    let h = pass(h, level, block: 0, embedding, context)
    guard let sample = twin.sample else { return h }
    return sample(context.tape.upsampled(h, by: 2), context)
  }

  /// A level from one of its blocks on; what the block makes skips all that is deeper.
  private func pass(
    _ h: Tensor, _ level: Int, block: Int, _ embedding: Tensor, _ context: Context
  ) -> Tensor {
    let (there, back) = (down[level], up[down.count - 1 - level])
    guard block < there.blocks.count else {
      guard let sample = there.sample else {
        return middle.1(middle.0(h, embedding, context), embedding, context)
      }
      return pass(sample(h, context), level + 1, embedding, context)
    }
    let made = there.blocks[block](h, embedding, context)
    let deeper = pass(made, level, block: block + 1, embedding, context)
    return back.blocks[there.blocks.count - 1 - block](
      context.tape.concatenate(deeper, made), embedding, context)
  }

  /// e, [images, 4 C].
  private func embed(
    _ times: Tensor, _ labels: Indices?, _ conditions: Tensor?, _ context: Context
  ) -> Tensor {
    let (tape, images) = (context.tape, times.shape[0])
    precondition((labels == nil) == (classes == nil), "classes are given where there are any")
    let waves = sinusoids(tape.reshape(times, Shape(images, 1)), context)
    var e = time.second(time.first(waves, then: .silu, context), context)
    if let classes, let labels {
      e = tape.add(e, tape.reshape(classes(labels, batch: images, context), e.shape))
    }
    if let condition, let conditions { e = tape.add(e, condition(conditions, context)) }
    return tape.apply(.silu, e)
  }
}

extension UNet {
  /// The same network with everything held fixed and a low-rank change of all attention's weights that
  /// learns.
  package func adapted(
    _ name: String, rank: Int, alpha: Double, in set: ParameterSet
  ) -> UNet {
    var network = self
    func adapt(_ block: inout UNetBlock, _ part: String) {
      block = block.adapted(name + part, rank: rank, alpha: alpha, in: set)
    }
    for level in down.indices {
      for block in down[level].blocks.indices {
        adapt(&network.down[level].blocks[block], ".down.\(level).\(block)")
        adapt(&network.up[level].blocks[block], ".up.\(level).\(block)")
      }
    }
    adapt(&network.middle.0, ".middle.0")
    adapt(&network.middle.1, ".middle.1")
    return network
  }

  /// Multiplications of matrices for one image, forwards.
  package func multiplications(height: Int, width: Int) -> Int {
    var (size, total) = (SIMD2(height, width), first.multiplications(on: [height, width]))
    for level in down {
      for block in level.blocks { total += block.multiplications(on: size) }
      guard let sample = level.sample else { continue }
      total += sample.multiplications(on: size)
      size = sample.window.count(on: size)
    }
    total += middle.0.multiplications(on: size) + middle.1.multiplications(on: size)
    for level in up {
      for block in level.blocks { total += block.multiplications(on: size) }
      guard let sample = level.sample else { continue }
      size = size &* 2
      total += sample.multiplications(on: size)
    }
    return total + last.multiplications(on: size)
  }
}
