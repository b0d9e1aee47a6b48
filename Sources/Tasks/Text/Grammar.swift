import Storage

/// A grammar whose rules have weights: a distribution on texts that can be written down in full.
///
///     story = 2 who "went" …        a rule a line: a symbol, and what it may be replaced by,
///     who = 3 anna | 1 ben          each alternative with a weight (1 if there is none)
///
/// What is not the left side of a rule is a token. The first rule is where texts begin. Texts of more
/// than a number of tokens do not count, and the others have their probabilities divided by their sum, so
/// rules may call themselves.
public struct Grammar: Sendable {
  /// What a symbol may become.
  struct Alternative: Sendable {
    let share: Double
    let parts: [String]
  }

  /// A text and its probability.
  public struct Text: Sendable, Equatable {
    /// The tokens.
    public let tokens: [String]
    /// Its probability among the texts that count.
    public let probability: Double
  }

  let start: String
  let rules: [String: [Alternative]]

  /// The most texts that are written down.
  static let mostTexts = 1_000_000

  /// The most tokens of all of them.
  static let mostTokens = 16_000_000

  /// Reads rules.
  /// - Throws: `ConfigError` with the line that cannot be read.
  public init(_ text: String) throws(ConfigError) {
    var (start, rules): (String?, [String: [Alternative]]) = (nil, [:])
    for line in text.split(whereSeparator: \.isNewline) where line.contains(where: \.isLetter) {
      let sides = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = sides[0].split(separator: " ").map(String.init)
      guard sides.count == 2, name.count == 1 else {
        throw .invalid(path: "data", reason: "'\(line)' is no rule: symbol = weight parts | …")
      }
      let alternatives = try Self.alternatives(String(sides[1]), line: String(line))
      rules[name[0], default: []] += alternatives
      start = start ?? name[0]
    }
    guard let start else { throw .invalid(path: "data", reason: "a grammar without rules") }
    (self.start, self.rules) = (start, rules)
  }

  private static func alternatives(
    _ side: String, line: String
  ) throws(ConfigError) -> [Alternative] {
    var weighted: [(weight: Double, parts: [String])] = []
    for part in side.split(separator: "|") {
      var words = part.split(whereSeparator: \.isWhitespace).map(String.init)
      let weight = words.first.flatMap { Double($0) }
      if weight != nil { words.removeFirst() }
      guard !words.isEmpty, (weight ?? 1) > 0, (weight ?? 1).isFinite else {
        throw .invalid(path: "data", reason: "'\(line)' has an alternative that is empty")
      }
      weighted.append((weight ?? 1, words))
    }
    let sum = weighted.reduce(0) { $0 + $1.weight }
    return weighted.map { Alternative(share: $0.weight / sum, parts: $0.parts) }
  }

  /// All texts of at most so many tokens, the most probable first.
  /// - Throws: `ConfigError` where there are none or too many.
  public func texts(atMost length: Int) throws(ConfigError) -> [Text] {
    var found: [[String]: Double] = [:]
    var open: [(tokens: [String], rest: [String], share: Double)] = [([], [start], 1)]
    var written = 0
    while var (tokens, rest, share) = open.popLast() {
      let place = rest.firstIndex { rules[$0] != nil } ?? rest.count
      tokens += rest[..<place]
      guard tokens.count + rest.count - place <= length else { continue }
      guard place < rest.count, let alternatives = rules[rest[place]] else {
        if found.updateValue(share + (found[tokens] ?? 0), forKey: tokens) == nil {
          written += tokens.count
        }
        continue
      }
      guard found.count + open.count <= Self.mostTexts, written <= Self.mostTokens else {
        throw .invalid(
          path: "data",
          reason: "a grammar of more than \(Self.mostTexts) texts or \(Self.mostTokens) tokens")
      }
      rest.removeFirst(place + 1)
      for alternative in alternatives {
        open.append((tokens, alternative.parts + rest, share * alternative.share))
      }
    }
    // In rising order, as dictionaries have another one each time.
    let sum = found.values.sorted().reduce(0, +)
    guard sum > 0 else {
      throw .invalid(path: "data", reason: "a grammar without texts of at most \(length) tokens")
    }
    return found.map { Text(tokens: $0.key, probability: $0.value / sum) }
      .sorted {
        $0.probability == $1.probability
          ? $0.tokens.lexicographicallyPrecedes($1.tokens) : $0.probability > $1.probability
      }
  }

  /// All tokens, in the order of the alphabet.
  public var tokens: [String] {
    let parts = rules.values.flatMap { $0.flatMap(\.parts) }
    return Set(parts.filter { rules[$0] == nil }).sorted()
  }
}

extension Grammar {
  /// The grammars that have names.
  public static let named: [String: String] = ["brackets": brackets, "stories": stories]

  /// Nested and adjacent pairs: few tokens, many texts.
  private static let brackets = """
    s = 3 a s b | 2 a b | 2 c s | 2 c
    """

  /// Short stories whose end depends on what happens in the middle.
  private static let stories = """
    story = who trip
    who = 2 anna | 1 ben | 1 clara
    trip = 3 went to the market and shops | 2 went to the sea and bathes | 2 stayed at home and rests
    shops = 3 bought goods then was happy | 1 bought goods then was poor | 2 lost the money then was sad
    bathes = 2 swam then was happy | 2 swam far then was tired | 1 saw a storm then was sad
    rests = 2 slept then was happy | 1 cooked goods then was happy | 1 cooked goods then was tired | 1 broke the lamp then was sad
    goods = 3 fruit | 1 ripe fruit | 1 green fruit
    fruit = 3 apples | 2 pears | 1 plums
    """
}
