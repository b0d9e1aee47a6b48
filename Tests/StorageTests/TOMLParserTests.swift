import Storage
import Testing

@Suite("TOML text")
struct TOMLParserTests {
  @Test(
    "parses by TOML 1.0",
    arguments: [
      ("", [:]), ("# only\n\r\n \t# this", [:]), ("\u{FEFF}a = 1", ["a": 1]),
      ("a = 1 # one\nb=2\r\n", ["a": 1, "b": 2]), ("a-b_1 = true", ["a-b_1": true]),
      ("\"a b\" = 1\n'c.d' = false\n1234 = 2", ["a b": 1, "c.d": false, "1234": 2]),
      ("\"\" = 1", ["": 1]), ("a . b.\"c\" = 1\na.d = 2", ["a": ["b": ["c": 1], "d": 2]]),
      ("a = [1, [2, 'x'], ]", ["a": [1, [2, "x"]]]), ("a = [ # c\n\n 1 # d\n,\n]", ["a": [1]]),
      ("a = { b = 1, c.d = [2], e = {} }", ["a": ["b": 1, "c": ["d": [2]], "e": [:]]]),
      (
        "[a]\nx = 1\n[ b . 'c' ]\nx = 2\n[b]\ny = 3",
        ["a": ["x": 1], "b": ["c": ["x": 2], "y": 3]]
      ),
      (
        "[[a]]\nx = 1\n[a.b]\ny = 1\n[[a]]\n[[a.c]]\n[[a.c]]\nz = 2",
        ["a": [["x": 1, "b": ["y": 1]], ["c": [[:], ["z": 2]]]]]
      ),
      ("[a]\nb.c = 1\n[a.b.d]\ne = 2", ["a": ["b": ["c": 1, "d": ["e": 2]]]]),
    ] as [(String, JSONValue)])
  func parses(text: String, value: JSONValue) throws {
    #expect(try JSONValue(parsingTOML: text) == value)
  }

  @Test(
    "reads every kind of number",
    arguments: [
      ("0", 0), ("+99", 99), ("-17", -17), ("-0", 0), ("1_000", 1000), ("0xDEAD_beef", 0xDEAD_BEEF),
      ("0o755", 0o755), ("0b1101_0", 0b11010), ("9223372036854775807", .integer(.max)),
      ("-9223372036854775808", .integer(.min)), ("1.0", 1.0), ("-0.01", -0.01), ("5e+22", 5e22),
      ("1E06", 1e6), ("-2e-2", -0.02), ("6.626e-34", 6.626e-34), ("224_617.445_991", 224617.445991),
      ("inf", "inf"), ("+inf", "inf"), ("-inf", "-inf"), ("nan", "nan"), ("-nan", "nan"),
    ] as [(String, JSONValue)])
  func numbers(text: String, value: JSONValue) throws {
    #expect(try JSONValue(parsingTOML: "a = \(text)") == ["a": value])
  }

  @Test(
    "reads every kind of string",
    arguments: [
      (#""\b\t\n\f\r\"\\\u00e9\U0001D11E é""#, "\u{8}\t\n\u{C}\r\"\\é𝄞 é"),
      (#"'C:\no \"escapes\"'"#, #"C:\no \"escapes\""#), ("\"\"", ""), ("''", ""),
      ("\"\"\"\none\r\ntwo\"\"\"", "one\ntwo"), ("'''\n\\one\n'two''''", "\\one\n'two'"),
      ("\"\"\"a \\\n\n   b\"\"\"", "a b"), ("\"\"\"\"\"quoted\"\"\"\"\"", "\"\"quoted\"\""),
      ("\"\"\"\\\"\"\"\"", "\""), ("\"\"\"\"\"\"", ""), ("\"\t\"", "\t"),
    ])
  func strings(text: String, value: String) throws {
    #expect(try JSONValue(parsingTOML: "a = \(text)") == ["a": .string(value)])
  }

  @Test(
    "names line, column and fault",
    arguments: [
      ("a", 1, 2, "'=' after the key, got the end of the text"), ("= 1", 1, 1, "a key, got '='"),
      ("a = ", 1, 5, "a value"), ("a = \n", 1, 5, "the end of the line"),
      ("a = b", 1, 5, "a value, got 'b'"),
      ("a = true b", 1, 10, "the end of the line, got 'b'"), ("a.= 1", 1, 3, "a key"),
      ("a = 1\na = 2", 2, 1, "'a' is defined already"),
      ("[a]\n[a]", 2, 1, "'a' is defined already"),
      ("a = 1\n[a]", 2, 1, "defined already"), ("a = 1\n[a.b]", 2, 1, "a value, not a table"),
      ("a = 1\na.b = 2", 2, 1, "a value, not a table"),
      ("[a.b]\n[a]\nb.c = 1", 3, 1, "by a heading"),
      ("a.b = 1\n[a]", 2, 1, "defined already"), ("[a]\n[[a]]", 2, 1, "no array of tables"),
      ("a = [{}]\n[[a]]", 2, 1, "no array of tables"), ("a = {}\n[a.b]", 2, 1, "not a table"),
      ("[[a]]\n[a]", 2, 1, "defined already"), ("[a", 1, 3, "']'"), ("[[a]", 1, 5, "']]'"),
      ("[]", 1, 2, "a key"), ("[a] b = 1", 1, 5, "the end of the line"),
      ("a = [1 2]", 1, 8, "',' or ']'"), ("a = [1,,2]", 1, 8, "a value, got ','"),
      ("a = { b = 1, }", 1, 14, "a key"), ("a = { b = 1\n}", 1, 12, "',' or '}'"),
      ("a = { b = 1, b = 2 }", 1, 14, "defined already"), ("é = 1", 1, 1, "a key, got 'é'"),
      ("a = \"é\" x", 1, 9, "got 'x'"), ("a = \"x", 1, 5, "without end"),
      ("a = \"x\ny\"", 1, 5, "without end"), ("a = '''x''", 1, 5, "without end"),
      ("a = \"\\q\"", 1, 6, "unknown escape"), ("a = \"\\uD800\"", 1, 6, "no such character"),
      ("a = \"\\u12g4\"", 1, 10, "4 hexadecimal"), ("a = \"\u{1}\"", 1, 6, "control character"),
      ("# \u{7F}", 1, 3, "control character"), ("a = 1\rb = 2", 1, 6, "carriage return"),
      ("a = 01", 1, 5, "'01' is not a number"), ("a = 1__0", 1, 5, "not a number"),
      ("a = _1", 1, 5, "a value"), ("a = 1_", 1, 5, "not a number"), ("a = .5", 1, 5, "a value"),
      ("a = 5.", 1, 5, "not a number"), ("a = 1.e3", 1, 5, "not a number"),
      ("a = 1e", 1, 5, "not a number"), ("a = +0x1", 1, 5, "not a number"),
      ("a = 0x", 1, 5, "not a number"), ("a = 0b2", 1, 5, "not a number"),
      ("a = 9223372036854775808", 1, 5, "does not fit 64 bits"), ("a = --1", 1, 5, "not a number"),
      ("a = 1e999", 1, 5, "not a number"), ("a = infinity", 1, 5, "not a number"),
      ("a = 1979-05-27T07:32:00Z", 1, 5, "date or time"), ("a = 07:32:00", 1, 5, "date or time"),
    ])
  func refuses(text: String, line: Int, column: Int, reason: String) throws {
    let error = try #require(throws: TOMLSyntaxError.self) { try JSONValue(parsingTOML: text) }
    #expect((error.line, error.column) == (line, column), "\(text): \(error)")
    #expect(error.reason.contains(reason), "\(text): \(error)")
  }

  @Test("refuses text that is not UTF-8", arguments: [[0xFF], [0xC0, 0x80], [0xC3]])
  func invalidUTF8(bytes: [UInt8]) {
    #expect(throws: TOMLSyntaxError.self) { try JSONValue(parsingTOML: [0x23] + bytes) }
  }

  @Test("bounds the nesting", arguments: ["[", "{a=", "a."])
  func nesting(open: String) throws {
    let many = String(repeating: open, count: 100_000)
    let text = open == "a." ? many + "a = 1" : "a = " + many
    #expect(throws: TOMLSyntaxError.self) { try JSONValue(parsingTOML: text) }
  }

  @Test("takes time in proportion to the text")
  func longTexts() throws {
    let tables = try JSONValue(parsingTOML: String(repeating: "[[a]]\n", count: 100_000))
    #expect(tables["a"]?.array?.count == 100_000)
    let keys = (0..<50_000).map { "k\($0) = 1\n" }.joined()
    #expect(try JSONValue(parsingTOML: keys).object?.keys.count == 50_000)
  }

  @Test("survives every cut and every changed byte of a text")
  func damaged() {
    let text = Array(
      "a.b = [1, 2.5e3, 'x', \"\\u00e9\"] # c\n[t]\nx = { y = 1, z = '''q''' }\n[[u]]\nv = true\n"
        .utf8)
    for place in text.indices {
      _ = try? JSONValue(parsingTOML: Array(text[..<place]))
      for byte: UInt8 in [0, 0x22, 0x27, 0x5B, 0x5D, 0x7B, 0x7D, 0x5C, 0x2E, 0x0A, 0xC3] {
        var changed = text
        changed[place] = byte
        _ = try? JSONValue(parsingTOML: changed)
      }
    }
  }
}
