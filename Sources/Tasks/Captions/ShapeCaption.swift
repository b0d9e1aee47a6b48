/// What a caption says of a picture of one coloured shape: a value of each of four attributes.
///
/// "a small red circle at the left": size, colour, shape and place, 120 captions in all. They are numbered so that those
/// next to each other differ in most attributes: a few at the end have every value.
public struct ShapeCaption: Sendable, Hashable {
  /// The values of each attribute as captions name them: size, colour, shape and place.
  public static let attributes = [
    ["small", "large"], ["red", "green", "blue", "yellow"], ["circle", "square", "triangle"],
    ["left", "right", "top", "bottom", "centre"],
  ]
  /// Number of captions.
  public static let count = attributes.reduce(1) { $0 * $1.count }
  /// The words of captions.
  public static let vocabulary = Vocabulary(
    ["a"] + attributes[0] + attributes[1] + attributes[2] + ["at", "the"] + attributes[3])
  /// Words of a caption.
  public static let length = 7
  /// Numbers that a network reads of a caption: for each place a one for its word.
  ///
  /// A linear layer of them is an embedding of words for each place; zeros are a caption without words.
  public static let featureCount = length * (vocabulary.count - 1)

  /// The number of each attribute's value, [4].
  public let values: [Int]

  /// A caption of these values.
  public init(_ values: [Int]) {
    precondition(values.count == Self.attributes.count, "a value of each attribute")
    self.values = values
  }

  /// A caption by its number.
  public init(number: Int) {
    precondition((0..<Self.count).contains(number), "caption \(number) of \(Self.count)")
    var rest = number * stride % Self.count
    values = Self.attributes.map { names in
      defer { rest /= names.count }
      return rest % names.count
    }
  }

  /// From 0 to 119.
  public var number: Int {
    let index = zip(Self.attributes, values).reversed().reduce(0) { $0 * $1.0.count + $1.1 }
    return index * inverseOfStride % Self.count
  }

  /// The caption itself.
  public var text: String {
    let names = zip(Self.attributes, values).map { $0[$1] }
    return "a \(names[0]) \(names[1]) \(names[2]) at the \(names[3])"
  }

  /// Attributes that have the same value in both, 0 to 4.
  public func matches(_ other: ShapeCaption) -> Int {
    zip(values, other.values).count { $0 == $1 }
  }

  /// Writes what a network reads, [featureCount].
  public func features(into out: UnsafeMutablePointer<Float>) {
    out.update(repeating: 0, count: Self.featureCount)
    for (place, word) in (Self.vocabulary.encode(text) ?? []).enumerated() {
      out[place * (Self.vocabulary.count - 1) + word - 1] = 1
    }
  }
}

/// Has no divisor in common with 120.
private let stride = 77
/// 53 × 77 = 34 × 120 + 1.
private let inverseOfStride = 53
