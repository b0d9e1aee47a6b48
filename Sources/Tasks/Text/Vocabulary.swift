/// What a text is cut into.
public enum TokenUnit: String, Codable, Sendable, CaseIterable {
  /// Words and punctuation marks, in lower case.
  case words
  /// Characters.
  case characters
}

/// The tokens of a language and their numbers.
///
/// Token 0 stands for the end of a text and for every place behind it. In a vocabulary with a limit token 1
/// stands for whatever else there is.
public struct Vocabulary: Sendable, Equatable {
  /// The end of a text.
  public static let end = 0
  /// How the end is written.
  public static let endName = "</s>"
  /// How a token outside of the vocabulary is written.
  public static let unknownName = "<unk>"

  /// What each token is written as, the end first.
  public let names: [String]
  /// What texts are cut into.
  public let unit: TokenUnit
  private let numbers: [String: Int]

  /// A vocabulary of these tokens and the end.
  public init(_ tokens: [String], unit: TokenUnit = .words) {
    names = [Self.endName] + tokens
    self.unit = unit
    numbers = Dictionary(zip(names, names.indices), uniquingKeysWith: { first, _ in first })
  }

  /// The most frequent tokens of some texts, of equally frequent ones the first.
  /// - Parameter limit: The most tokens, with the end and the unknown.
  public init(of texts: [String], unit: TokenUnit, limit: Int) {
    var counts: [String: (count: Int, first: Int)] = [:]
    for text in texts {
      for token in Self.tokens(of: text, unit) {
        let known = counts[token] ?? (count: 0, first: counts.count)
        counts[token] = (known.count + 1, known.first)
      }
    }
    let ranked = counts.sorted {
      ($0.value.count, $1.value.first) > ($1.value.count, $0.value.first)
    }
    .map(\.key)
    let fits = ranked.count < limit
    self.init(fits ? ranked : [Self.unknownName] + ranked.prefix(max(0, limit - 2)), unit: unit)
  }

  /// K, the number of tokens, with the end.
  public var count: Int { names.count }

  /// The tokens of a text, without an end; nil where there is one that is not in the vocabulary, and none
  /// to stand for it.
  public func encode(_ text: String) -> [Int]? {
    let unknown = numbers[Self.unknownName]
    var tokens: [Int] = []
    for token in Self.tokens(of: text, unit) {
      guard let number = numbers[token] ?? unknown else { return nil }
      tokens.append(number)
    }
    return tokens
  }

  /// The text of tokens up to the first end.
  public func decode(_ tokens: some Sequence<Int>) -> String {
    let words = tokens.prefix { $0 != Self.end }
      .map { names.indices.contains($0) ? names[$0] : Self.unknownName }
    return words.joined(separator: unit == .words ? " " : "")
  }

  /// What a text is made of, in order.
  static func tokens(of text: String, _ unit: TokenUnit) -> [String] {
    guard unit == .words else { return text.map { String($0) } }
    var tokens: [String] = []
    var word = ""
    for character in text.lowercased() {
      if character.isLetter || character.isNumber || character == "'" {
        word.append(character)
        continue
      }
      if !word.isEmpty { tokens.append(word) }
      word = ""
      if !character.isWhitespace { tokens.append(String(character)) }
    }
    return word.isEmpty ? tokens : tokens + [word]
  }
}
