import Kernels
import Storage

/// Pictures of one coloured shape each, drawn here, with what a true caption would say of them.
///
/// Sizes, places, colours and backgrounds vary within what a caption says. Captions that go with a picture have wrong words
/// now and then, as captions of the web have: each attribute by itself.
public struct ShapeSet: Sendable {
  /// The pictures, red, green and blue; the label is the number of the true caption.
  public let images: ImageSet
  /// What it was made of.
  public let config: ShapesConfig

  /// - Throws: `ConfigError`.
  public init(_ config: ShapesConfig) throws(ConfigError) {
    try config.validate()
    self.config = config
    let stream = RandomStream(seed: config.seed).folding(.exactSamples)
    let scenes = (0..<config.count).map { row in
      var words = stream.words(of: .uniform, row: row)
      return ShapeScene(&words)
    }
    images = ImageSet(
      scenes.flatMap { $0.shades(edge: config.edge) }, rows: config.edge, columns: config.edge,
      channels: 3, whitest: 255, labels: scenes.map(\.caption.number))
  }

  /// The true caption of a picture.
  public func caption(of image: Int) -> ShapeCaption {
    ShapeCaption(number: images.labels[image])
  }

  /// A caption that goes with a picture whose true one is given.
  func caption(
    insteadOf truth: ShapeCaption, wrongWords chance: Double, _ words: inout RandomWords
  ) -> ShapeCaption {
    ShapeCaption(
      zip(truth.values, ShapeCaption.attributes).map { value, names in
        guard words.unit() < chance else { return value }
        return (value + 1 + IntegerBelow(names.count - 1).draw(&words)) % names.count
      })
  }

  /// Draws a picture for learning and a caption that goes with it.
  public func draw(_ words: inout RandomWords) -> (image: Int, caption: ShapeCaption) {
    let image = IntegerBelow(images.training.count).draw(&words)
    return (
      image, caption(insteadOf: caption(of: image), wrongWords: config.wrongWords, &words)
    )
  }

  /// The logarithm of the chance of a caption to go with a picture whose true one is given.
  public func logChance(of caption: ShapeCaption, insteadOf truth: ShapeCaption) -> Double {
    let chance = config.wrongWords
    return zip(zip(truth.values, caption.values), ShapeCaption.attributes).reduce(0) { sum, next in
      let ((own, said), names) = next
      return sum + scalarLog(own == said ? 1 - chance : chance / Double(names.count - 1))
    }
  }
}
