import Storage
import Testing

@Suite("JSON text")
struct JSONParserTests {
  @Test(
    "parses by RFC 8259",
    arguments: [
      (" null\t\r\n", .null), ("true", true), ("[]", []), ("{}", [:]), ("0", 0), ("-0", -0.0),
      ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
      ("9223372036854775808", .number(0x1p63)), ("5.0", 5.0), ("1E+2", 100.0), ("0e0", 0.0),
      ("0.1", .number(0.1)), ("5e-324", .number(.leastNonzeroMagnitude)), ("1e-400", .number(0)),
      ("1.7976931348623157e308", .number(.greatestFiniteMagnitude)),
      (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), (#""\u00e9\uD834\uDD1E""#, "é𝄞"),
      (#""é𝄞\u0000""#, "é𝄞\0"), ("\"\u{7F}\"", "\u{7F}"),
      (#"{"b":[1,{"a":null}],"a":"x"}"#, ["b": [1, ["a": nil]], "a": "x"]),
    ] as [(String, JSONValue)])
  func parses(text: String, value: JSONValue) throws {
    #expect(try JSONValue(parsing: text) == value)
  }

  @Test(
    "names line, column and fault",
    arguments: [
      ("", 1, 1, "expected a value, found the end"), ("[1,]", 1, 4, "found ']'"),
      ("{\n \"a\": 1,\n}", 3, 1, "expected a key"), ("[1 2]", 1, 4, "expected ',' or ']'"),
      ("{\"a\" 1}", 1, 6, "expected ':'"), ("{1:2}", 1, 2, "expected a key"),
      ("\"é\" x", 1, 5, "expected the end of the text, found 'x'"), ("nul", 1, 1, "null"),
      ("{\"a\":1,\"a\":2}", 1, 8, "duplicate key \"a\""), ("01", 1, 2, "end of the text"),
      ("-", 1, 2, "a digit"), ("+1", 1, 1, "a value"), (".5", 1, 1, "a value"),
      ("1.", 1, 3, "a digit"), ("1e", 1, 3, "a digit"), ("1e400", 1, 1, "out of range"),
      ("NaN", 1, 1, "a value"), ("\"a", 1, 1, "without end"), ("\"\t\"", 1, 2, "control"),
      ("\"\\x\"", 1, 2, "unknown escape"), ("\"\\u12g4\"", 1, 6, "hexadecimal"),
      ("\"\\uD834\"", 1, 2, "surrogate"), ("\"\\uDD1E\"", 1, 2, "surrogate"),
      ("\"\\uD834\\u0041\"", 1, 2, "surrogate"), ("\"\\", 1, 3, "escape"),
      ("\u{FEFF}1", 1, 1, "0xef"), ("// c", 1, 1, "a value"), ("\u{A0}1", 1, 1, "0xc2"),
    ])
  func refuses(text: String, line: Int, column: Int, reason: String) throws {
    let error = try #require(throws: JSONSyntaxError.self) { try JSONValue(parsing: text) }
    #expect((error.line, error.column) == (line, column))
    #expect(error.reason.contains(reason), "\(error)")
  }

  @Test(
    "refuses text that is not UTF-8",
    arguments: [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xC3]])
  func invalidUTF8(bytes: [UInt8]) {
    #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: [0x22] + bytes + [0x22]) }
  }

  @Test("bounds the nesting", arguments: ["[", "{\"a\":"])
  func nesting(open: String) throws {
    let close = open == "[" ? "]" : "}"
    func nested(_ depth: Int) -> String {
      String(repeating: open, count: depth - 1) + open.prefix(1)
        + String(repeating: close, count: depth)
    }
    #expect(throws: Never.self) { try JSONValue(parsing: nested(128)) }
    #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: nested(129)) }
    #expect(throws: JSONSyntaxError.self) {
      try JSONValue(parsing: String(repeating: open, count: 1_000_000))
    }
  }

  @Test("survives every truncation and every flipped byte")
  func damage() {
    let bytes = Array(#"{"a":[1,-2.5e3,"\u00e9é",true,null],"b":{"c":false}}"#.utf8)
    for end in bytes.indices {
      #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: Array(bytes[..<end])) }
      for bit in 0..<8 {
        var flipped = bytes
        flipped[end] ^= 1 << bit
        _ = try? JSONValue(parsing: flipped)
      }
    }
  }
}

@Suite("JSON writing")
struct JSONWriterTests {
  static let sample: JSONValue = [
    "z": [1, -2.5, true, nil, []], "a": ["text": "\"\\\n\r\t\u{1}é𝄞/"], "empty": [:],
  ]

  @Test("is compact or pretty")
  func layouts() {
    let value: JSONValue = ["b": [1, 2.0], "a": [:], "c": []]
    #expect(value.compact == #"{"b":[1,2.0],"a":{},"c":[]}"#)
    #expect(value.pretty == "{\n  \"b\": [\n    1,\n    2.0\n  ],\n  \"a\": {},\n  \"c\": []\n}")
    #expect(JSONValue.string("\u{1}\u{1F}\u{7F}/").compact == "\"\\u0001\\u001f\u{7F}/\"")
  }

  @Test("reads back", arguments: [sample.compact, sample.pretty])
  func roundTrip(text: String) throws {
    #expect(try JSONValue(parsing: text) == Self.sample)
  }

  @Test(
    "keeps the bits of numbers",
    arguments: [
      0.1, -0.0, 1e21, 1e16, 123456789012345680, .leastNonzeroMagnitude, .leastNormalMagnitude, .pi,
      .greatestFiniteMagnitude, -Double.leastNormalMagnitude.nextDown, 0x1p53, 1 / 3,
    ])
  func numbers(number: Double) throws {
    let text = JSONValue.number(number).compact
    let read = try #require(try JSONValue(parsing: text).double)
    #expect(read.bitPattern == number.bitPattern, "\(text)")
  }

  @Test("writes numbers that are not finite as texts")
  func nonFinite() throws {
    let value: JSONValue = [.number(.nan), .number(.infinity), .number(-.infinity)]
    #expect(value.compact == #"["nan","inf","-inf"]"#)
    let numbers = try #require(try JSONValue(parsing: value.compact).array).map(\.double)
    #expect(numbers[0]?.isNaN == true && numbers[1...] == [.infinity, -.infinity])
  }
}

@Suite("A JSON object")
struct JSONObjectTests {
  @Test("keeps its order through edits")
  func order() {
    var object = JSONObject([("a", 1), ("b", 2), ("c", 3)])
    object["b"] = nil
    object["missing"] = nil
    object["a"] = 10
    object["d"] = 4
    object["c"] = 30
    #expect(object.keys == ["a", "c", "d"])
    #expect(object["c"] == 30 && object["b"] == nil && object["d"] == 4)
  }
}
