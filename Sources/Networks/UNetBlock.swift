import Tensors

/// A residual block of a U-Net that knows the time, and self-attention after it where wanted.
///
///     h = Conv(SiLU(GroupNorm x)) + Linear(e),  h = Conv(SiLU(GroupNorm h)),  y = skip(x) + h
///     y += Attention(GroupNorm y)
///
/// Convolutions are 3 by 3; the skip is the identity or, where the number of channels changes, a 1 by 1
/// convolution. Attention is among all pixels of an image.
/// Reference: Ho, Jain and Abbeel (2020), arXiv:2006.11239, appendix B
struct UNetBlock: Sendable {
  private let norms: (first: GroupNormalization, second: GroupNormalization)
  private let convolutions: (first: Convolution2D, second: Convolution2D)
  private let time: Linear
  private let skip: Convolution2D?
  private var attention: (norm: GroupNormalization, heads: MultiHeadAttention)?
  /// Channels of the result.
  let outputs: Int

  init(
    _ name: String, inputs: Int, outputs: Int, embedding: Int, attends: Bool,
    _ config: UNetConfig, in set: ParameterSet
  ) {
    self.outputs = outputs
    let window = ImageWindow(square: 3, padding: 1)
    func norm(_ part: String, _ channels: Int, appliesSiLU: Bool = true) -> GroupNormalization {
      GroupNormalization(
        name + part, channels: channels, groups: config.groups, appliesSiLU: appliesSiLU, in: set)
    }
    norms = (norm(".norm.0", inputs), norm(".norm.1", outputs))
    convolutions = (
      Convolution2D(name + ".0", inputs: inputs, outputs: outputs, window: window, in: set),
      Convolution2D(name + ".1", inputs: outputs, outputs: outputs, window: window, in: set)
    )
    time = Linear(name + ".time", inputs: embedding, outputs: outputs, in: set)
    skip =
      inputs == outputs
      ? nil
      : Convolution2D(
        name + ".skip", inputs: inputs, outputs: outputs, window: ImageWindow(square: 1), in: set)
    attention =
      attends
      ? (
        norm(".norm.attention", outputs, appliesSiLU: false),
        MultiHeadAttention(name + ".attention", width: outputs, heads: config.heads, in: set)
      ) : nil
  }

  /// - Parameters:
  ///   - x: [images, height, width, inputs].
  ///   - embedding: [images, embedding].
  /// - Returns: [images, height, width, outputs].
  func callAsFunction(_ x: Tensor, _ embedding: Tensor, _ context: Context) -> Tensor {
    let tape = context.tape
    var h = convolutions.first(norms.first(x, context), context)
    h = tape.addRows(h, time(embedding, context))
    h = convolutions.second(norms.second(h, context), context)
    let y = tape.add(skip.map { $0(x, context) } ?? x, h)
    guard let attention else { return y }
    let size = y.shape
    let pixels = tape.reshape(
      attention.norm(y, context), Shape(size[0], size[1] * size[2], size[3]))
    return tape.add(y, tape.reshape(attention.heads(pixels, context), size))
  }

  /// The same block with its attention's weights held fixed and a low-rank change to each that learns.
  func adapted(_ name: String, rank: Int, alpha: Double, in set: ParameterSet) -> UNetBlock {
    var block = self
    guard let attention else { return block }
    block.attention?.heads = attention.heads.adapted(name, rank: rank, alpha: alpha, in: set)
    return block
  }

  /// Multiplications of one image, forwards.
  func multiplications(on size: SIMD2<Int>) -> Int {
    let pixels = size[0] * size[1]
    let attended = attention == nil ? 0 : pixels * outputs * (4 * outputs + 2 * pixels)
    return convolutions.first.multiplications(on: size)
      + convolutions.second.multiplications(on: size)
      + (skip?.multiplications(on: size) ?? 0) + attended
  }
}
