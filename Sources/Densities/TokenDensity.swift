import Kernels
import Tasks

/// A density, or constraint, on texts: points are rows of tokens, whole numbers.
///
/// Other numbers count as the nearest token.
public protocol TokenDensity: Density {
  /// The tokens.
  var vocabulary: Vocabulary { get }
  /// The tokens of the first places, where they are given; the others are to be found.
  var prefix: [Int] { get }
}

extension TokenDensity {
  /// K.
  public var tokenCount: Int { vocabulary.count }

  /// None.
  public var prefix: [Int] { [] }

  /// The tokens of a row of numbers, [D].
  func tokens(_ row: UnsafePointer<Float>) -> [Int] {
    let most = Float(vocabulary.count - 1)
    return (0..<dimension).map { Int(min(max(row[$0].rounded(), 0), most)) }
  }
}

/// Texts with probabilities, to find and to draw.
struct TextTable: Sendable {
  /// The texts, [count, D].
  let texts: TokenSet
  /// Their probabilities, adding up to 1.
  let probabilities: [Double]
  private let places: [[Int]: Int]
  private let law: Categorical

  /// - Parameter weights: Not negative, one for each text, one of them positive.
  init(_ texts: TokenSet, weights: [Double]) {
    self.texts = texts
    let sum = weights.reduce(0, +)
    probabilities = weights.map { $0 / sum }
    law = Categorical(weights: weights)
    places = Dictionary(
      (0..<texts.count).map { (texts.row($0), $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The number of a text, or the number of texts where it is not one of them.
  func number(of tokens: [Int]) -> Int { places[tokens] ?? texts.count }

  /// The probability of every text, and of being none of them.
  var shares: [Double] { probabilities + [0] }

  /// Writes texts drawn by their probabilities, [count, D].
  func sample(
    _ count: Int, firstRow: Int, _ stream: RandomStream, into out: UnsafeMutablePointer<Float>
  ) {
    for row in 0..<count {
      let text = texts.row(stream.draw(law, row: firstRow + row))
      for (place, token) in text.enumerated() { out[row * texts.length + place] = Float(token) }
    }
  }
}
