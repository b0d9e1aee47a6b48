import KernelTables
import Networks
import Tensors

/// How well a picture agrees with a caption: the product of what a network says of either.
///
///     h = SiLU(Conv x),  h = SiLU(Conv h) of every second pixel,  features = SiLU(Linear h)
///     f(x, c) = ⟨Linear features, Linear c⟩
///
/// Convolutions are 3 by 3.
/// Reference: Radford et al. (2021), *Learning transferable visual models from natural language supervision*,
/// arXiv:2103.00020, for two networks that meet in a product
struct AgreementNetwork: Sendable {
  private let convolutions: (first: Convolution2D, second: Convolution2D)
  private let middle, picture, caption: Linear
  private let edge: Int

  init(edge: Int, _ config: AgreementConfig, in set: ParameterSet) {
    self.edge = edge
    let halving = ImageWindow(square: 3, stride: 2, padding: 1)
    convolutions = (
      Convolution2D(
        "0", inputs: 3, outputs: config.channels, window: ImageWindow(square: 3, padding: 1),
        in: set),
      Convolution2D(
        "1", inputs: config.channels, outputs: 2 * config.channels, window: halving, in: set)
    )
    let size = halving.count(on: [edge, edge])
    middle = Linear(
      "2", inputs: size[0] * size[1] * 2 * config.channels, outputs: config.features, in: set)
    picture = Linear("picture", inputs: config.features, outputs: config.width, in: set)
    caption = Linear(
      "caption", inputs: ShapeCaption.featureCount, outputs: config.width, in: set)
  }

  /// - Parameters:
  ///   - x: [pictures, edge × edge × 3], from -1 to 1.
  ///   - captions: One for each, [pictures, features of a caption].
  /// - Returns: f, [pictures].
  func callAsFunction(_ x: Tensor, _ captions: Tensor, _ context: Context) -> Tensor {
    let (tape, pictures) = (context.tape, x.shape[0])
    var h = tape.reshape(x, Shape(pictures, edge, edge, 3))
    h = tape.apply(.silu, convolutions.first(h, context))
    h = tape.apply(.silu, convolutions.second(h, context))
    let flat = tape.reshape(h, Shape(pictures, h.count / max(1, pictures)))
    let features = tape.apply(.silu, middle(flat, context))
    return tape.sum(
      tape.multiply(picture(features, context), caption(captions, context)), over: [1])
  }
}
