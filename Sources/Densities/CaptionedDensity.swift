import Storage
import Tasks

/// Densities of pictures of coloured shapes, one for each caption.
public protocol CaptionedDensity: ConditionalDensity {
  /// The pictures and how captions go with them.
  var shapes: ShapeSet { get }
}

extension CaptionedDensity {
  /// D: red, green and blue of each pixel, from -1 to 1.
  public var dimension: Int { shapes.images.dimension }
  /// Number of captions.
  public var conditionCount: Int { ShapeCaption.count }
  /// All but those that are held back.
  public var trainingConditions: Range<Int> { 0..<ShapeCaption.count - shapes.config.heldBack }
  /// Numbers that a network reads of a caption.
  public var conditionDimension: Int { ShapeCaption.featureCount }
  /// The captions by their numbers.
  public var captions: [String] {
    (0..<ShapeCaption.count).map { ShapeCaption(number: $0).text }
  }
  /// Rows, columns and channels of a picture.
  public var pictureShape: [Int] {
    [shapes.images.rows, shapes.images.columns, shapes.images.channels]
  }

  /// Writes what a network reads of a caption.
  public func features(of condition: Int, into out: UnsafeMutablePointer<Float>) {
    ShapeCaption(number: condition).features(into: out)
  }
}

extension ShapeSet {
  /// The set, an error on the keys of the `shapes` of a configuration.
  /// - Throws: `ConfigError`.
  init(under config: ShapesConfig) throws(ConfigError) {
    do throws(ConfigError) { try self.init(config) } catch { throw error.under("shapes") }
  }
}
