import Storage

/// Pictures of coloured shapes and their captions.
public struct ShapesConfig: Codable, Sendable, Hashable {
  /// Rows and columns of a picture.
  public var edge = 8
  /// Number of pictures.
  public var count = 2000
  /// The chance of each attribute's word in a caption to be a wrong one.
  public var wrongWords = 0.3
  /// Captions that posteriors do not learn from, the last ones.
  public var heldBack = 12
  /// Decides pictures.
  public var seed: UInt64 = 0

  /// The defaults.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case edge, count, seed
    case wrongWords = "wrong_words"
    case heldBack = "held_back"
  }

  /// Checks every number.
  /// - Throws: `ConfigError`.
  public func validate() throws(ConfigError) {
    try ConfigError.require((4...64).contains(edge), "edge", "it must be from 4 to 64")
    try ConfigError.require(
      (1...1_000_000).contains(count) && 3 * edge * edge * count <= mostNumbers, "count",
      "it must be from 1 to 1000000, and all pictures at most \(mostNumbers) numbers")
    try ConfigError.require(
      (0...0.5).contains(wrongWords), "wrong_words", "it must be from 0 to 0.5")
    try ConfigError.require(
      (0..<ShapeCaption.count).contains(heldBack), "held_back",
      "it must be from 0 to \(ShapeCaption.count - 1)")
  }
}

/// Numbers of all pictures, each a byte here and four where a density is made of them.
private let mostNumbers = 200_000_000
