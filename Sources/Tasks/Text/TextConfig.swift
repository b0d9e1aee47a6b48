import Storage

/// How a file becomes rows.
public enum TextRows: String, Codable, Sendable, CaseIterable {
  /// Each line is a text.
  case lines
  /// Each stretch of `length` tokens, beginning every half length, is one.
  case windows
}

/// Texts to learn from.
public struct TextConfig: Codable, Sendable, Hashable {
  /// `brackets` or `stories` for the texts of a grammar; a file of rules whose name ends with `.grammar`; else
  /// a text file.
  public var data = "brackets"
  /// Tokens of a row; longer texts of files are cut, those of grammars do not count.
  public var length = 6
  /// What files are cut into.
  public var unit = TokenUnit.words
  /// The most tokens of a file's vocabulary, with those that stand for the end and for rare tokens.
  public var symbols = 500
  /// How a file becomes rows.
  public var rows = TextRows.lines
  /// Tokens left out at the end of each text: rows are as much shorter.
  public var withoutLast = 0

  /// Short texts of brackets.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case data, length, unit, symbols, rows
    case withoutLast = "without_last"
  }

  /// Checks every number.
  /// - Throws: `ConfigError`.
  public func validate() throws(ConfigError) {
    try ConfigError.require((1...4096).contains(length), "length", "it must be from 1 to 4096")
    try ConfigError.require(
      (3...100_000).contains(symbols), "symbols", "it must be from 3 to 100000")
    try ConfigError.require(!data.isEmpty, "data", "it must name a grammar or a file")
    try ConfigError.require(
      (0..<length).contains(withoutLast), "without_last", "it must be from 0 to the length")
  }

  /// The rows.
  /// - Throws: `ConfigError`, also for a file that cannot be read or has no text.
  public func open() throws(ConfigError) -> TokenSet {
    try validate()
    if let rules = Grammar.named[data] { return try texts(of: Grammar(rules)) }
    let text = try contents()
    return data.hasSuffix(".grammar") ? try texts(of: Grammar(text)) : try texts(of: text)
  }

  private func contents() throws(ConfigError) -> String {
    do {
      return String(decoding: try readFile(data), as: UTF8.self)
    } catch {
      let names = Grammar.named.keys.sorted().joined(separator: ", ")
      throw .invalid(path: "data", reason: "\(error) (grammars with names: \(names))")
    }
  }

  private func texts(of grammar: Grammar) throws(ConfigError) -> TokenSet {
    let texts = try grammar.texts(atMost: length)
    let vocabulary = Vocabulary(grammar.tokens)
    let numbers = Dictionary(uniqueKeysWithValues: zip(vocabulary.names, 0...))
    // Texts that differ only in what is left out are one.
    let rows = texts.map { text in
      (tokens: shortened(text.tokens.compactMap { numbers[$0] }), share: text.probability)
    }
    var places: [[Int]: Int] = [:]
    var (kept, shares): ([[Int]], [Double]) = ([], [])
    for row in rows {
      if let place = places[row.tokens] {
        shares[place] += row.share
      } else {
        places[row.tokens] = kept.count
        kept.append(row.tokens)
        shares.append(row.share)
      }
    }
    return TokenSet(kept, vocabulary, length: length - withoutLast, probabilities: shares)
  }

  private func texts(of text: String) throws(ConfigError) -> TokenSet {
    let lines = text.split(whereSeparator: \.isNewline).map(String.init)
    let vocabulary = Vocabulary(of: lines, unit: unit, limit: symbols)
    let cut = cut(lines, vocabulary)
    try ConfigError.require(
      !cut.isEmpty, "data", "'\(data)' has no text of \(length) tokens")
    return TokenSet(cut.map(shortened), vocabulary, length: length - withoutLast)
  }

  private func shortened(_ tokens: [Int]) -> [Int] { Array(tokens.dropLast(withoutLast)) }

  private func cut(_ lines: [String], _ vocabulary: Vocabulary) -> [[Int]] {
    let encoded = lines.compactMap { vocabulary.encode($0) }.filter { !$0.isEmpty }
    guard rows == .windows else { return encoded.map { Array($0.prefix(length)) } }
    let space = unit == .characters ? vocabulary.encode(" ") ?? [] : []
    let all = Array(encoded.joined(separator: space))
    return stride(from: 0, through: all.count - length, by: max(1, length / 2)).map {
      Array(all[$0..<$0 + length])
    }
  }
}
