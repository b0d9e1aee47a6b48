import Kernels
import Storage

/// Texts as rows of tokens of one length, shorter ones filled up with ends.
public struct TokenSet: Sendable {
  /// The tokens.
  public let vocabulary: Vocabulary
  /// Tokens of a row.
  public let length: Int
  /// Those to learn from; the others are for judging.
  public let training: Range<Int>
  /// All tokens, [count, length].
  package let tokens: [Int32]
  /// The probability of each row, where rows are the texts of a grammar; empty where all count the same.
  public let probabilities: [Double]
  private let law: Categorical?

  /// Rows for judging where there are enough: the tenth part, at most so many.
  static let mostHeldBack = 1000

  /// Rows of tokens, [count, length].
  /// - Precondition: at least one row.
  package init(
    _ rows: [[Int]], _ vocabulary: Vocabulary, length: Int, probabilities: [Double] = []
  ) {
    precondition(!rows.isEmpty && length > 0, "texts without tokens")
    (self.vocabulary, self.length, self.probabilities) = (vocabulary, length, probabilities)
    tokens = rows.flatMap { row in
      (0..<length).map { Int32($0 < row.count ? row[$0] : Vocabulary.end) }
    }
    let heldBack = probabilities.isEmpty ? min(rows.count / 10, Self.mostHeldBack) : 0
    training = 0..<(rows.count - heldBack)
    law = probabilities.isEmpty ? nil : Categorical(weights: probabilities)
  }

  /// Number of rows.
  public var count: Int { tokens.count / length }

  /// The tokens of a row.
  public func row(_ index: Int) -> [Int] {
    (0..<length).map { Int(tokens[index * length + $0]) }
  }

  /// The text of a row.
  public func text(of index: Int) -> String { vocabulary.decode(row(index)) }

  /// A row to learn from, drawn by its probability.
  public func draw(_ words: inout RandomWords) -> Int {
    law?.draw(&words) ?? IntegerBelow(training.count).draw(&words)
  }

  /// Tells sets apart whose rows or tokens differ.
  package var checksum: UInt64 {
    var checksum = Checksum()
    tokens.withUnsafeBytes { checksum.update(bytes: $0) }
    probabilities.withUnsafeBytes { checksum.update(bytes: $0) }
    checksum.update(Array(vocabulary.names.joined(separator: "\n").utf8))
    return checksum.value
  }
}
