import Storage
import Tasks
import TestSupport
import Testing

@Suite("A grammar")
struct GrammarTests {
  @Test("gives each of the stories its share")
  func stories() throws {
    let grammar = try Grammar(#require(Grammar.named["stories"]))
    let texts = try grammar.texts(atMost: 12)
    expect(texts.reduce(0) { $0 + $1.probability }, equals: 1, within: .absolute(1e-12))
    // Three people; 19 ways at the market, 3 at the sea and 20 at home, each in at most twelve words.
    #expect(texts.count == 3 * (19 + 3 + 20))
    // Products of the shares of the rules: 1/2 · 2/7 · 2/5, 1/4 · 3/7 · 1/6 · 1/5 · 1/6 and 1/4 · 2/7 · 1/5.
    let known: [String: Double] = [
      "anna went to the sea and swam then was happy": 2 / 35,
      "ben went to the market and bought ripe plums then was poor": 1 / 1680,
      "clara stayed at home and broke the lamp then was sad": 1 / 70,
    ]
    for (story, share) in known {
      let found = texts.first { $0.tokens.joined(separator: " ") == story }
      expect(found?.probability ?? .nan, equals: share, within: .absolute(1e-12))
    }
  }

  @Test("divides by the sum where longer texts do not count")
  func truncation() throws {
    // a b with 1/2, a a b b with 1/4, …
    let texts = try Grammar("s = 1 a s b | 1 a b").texts(atMost: 4)
    #expect(texts.map(\.tokens) == [["a", "b"], ["a", "a", "b", "b"]])
    for (text, share) in zip(texts, [2.0 / 3, 1.0 / 3]) {
      expect(text.probability, equals: share, within: .absolute(1e-12))
    }
  }

  @Test("is refused where its texts are too long all together")
  func tooLong() throws {
    // One text of each even length, 2 + 4 + … tokens.
    let nested = try Grammar("s = a s b | a b")
    #expect(try nested.texts(atMost: 200).count == 100)
    #expect(throws: ConfigError.self) { try nested.texts(atMost: 9000) }
  }

  @Test(
    "is refused with its line where it cannot be read",
    arguments: ["s a b", "s = a | 2", "a b = c"])
  func refusals(_ line: String) {
    #expect {
      _ = try Grammar(line)
    } throws: { error in
      "\(error)".contains(line)
    }
  }
}
