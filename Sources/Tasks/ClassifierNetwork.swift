import KernelTables
import Networks
import Tensors

/// A small convolutional classifier of images.
///
///     h = ReLU(Conv x),  h = ReLU(Conv h) of every second pixel,  features = ReLU(Linear h),  logits = Linear features
///
/// Convolutions are 3 by 3.
struct ClassifierNetwork: Sendable {
  private let convolutions: (first: Convolution2D, second: Convolution2D)
  private let middle, last: Linear
  private let rows, columns, channels: Int

  init(of images: ImageSet, classes: Int, _ config: ClassifierConfig, in set: ParameterSet) {
    (rows, columns, channels) = (images.rows, images.columns, images.channels)
    let halving = ImageWindow(square: 3, stride: 2, padding: 1)
    convolutions = (
      Convolution2D(
        "0", inputs: channels, outputs: config.channels, window: ImageWindow(square: 3, padding: 1),
        in: set),
      Convolution2D(
        "1", inputs: config.channels, outputs: 2 * config.channels, window: halving, in: set)
    )
    let size = halving.count(on: [rows, columns])
    middle = Linear(
      "2", inputs: size[0] * size[1] * 2 * config.channels, outputs: config.features, in: set)
    last = Linear("3", inputs: config.features, outputs: classes, in: set)
  }

  /// - Parameter x: [images, rows × columns × channels], from -1 to 1.
  /// - Returns: [images, features] and [images, classes].
  func callAsFunction(_ x: Tensor, _ context: Context) -> (features: Tensor, logits: Tensor) {
    let (tape, images) = (context.tape, x.shape[0])
    var h = tape.reshape(x, Shape(images, rows, columns, channels))
    h = tape.apply(.relu, convolutions.first(h, context))
    h = tape.apply(.relu, convolutions.second(h, context))
    let flat = tape.reshape(h, Shape(images, h.count / max(1, images)))
    let features = tape.apply(.relu, middle(flat, context))
    return (features, last(features, context))
  }
}
