import Storage
import Testing

@Suite("TOML text")
struct TOMLParserTests {
  private func parse(_ text: String) throws -> JSONValue {
    try JSONValue(parsingTOML: Array(text.utf8))
  }

  @Test(
    "is read as the tree that it describes",
    arguments: [
      ("", "{}"),
      ("a = 1 # one\n\n# two\nb = -2", #"{"a":1,"b":-2}"#),
      ("a = 0xFf\nb = 0o17\nc = 0b1_01\nd = +1_000", #"{"a":255,"b":15,"c":5,"d":1000}"#),
      ("a = 1.5\nb = -2e3\nc = 1_0.2_5E+0_1", #"{"a":1.5,"b":-2000.0,"c":102.5}"#),
      ("a = inf\nb = -inf\nc = -nan", #"{"a":"inf","b":"-inf","c":"nan"}"#),
      ("a = true\r\nb = false\r\n", #"{"a":true,"b":false}"#),
      ("a.'b c'.\"d\" = 1\na . e = 2", #"{"a":{"b c":{"d":1},"e":2}}"#),
      ("[ a . b ]\nc = 1\n[a]\nd = 2", #"{"a":{"b":{"c":1},"d":2}}"#),
      ("[[a]]\nb = 1\n[a.c]\nd = 2\n[[a]]", #"{"a":[{"b":1,"c":{"d":2}},{}]}"#),
      ("a = [ # one\n 1, [2,\n], { b.c = 3, d = [] },\n]", #"{"a":[1,[2],{"b":{"c":3},"d":[]}]}"#),
      (#"a = "\t\u00e9\U0001F600\\""#, #"{"a":"\té😀\\"}"#),
      ("a = \"\"\"\nx\\\n   y\"\"z\"\"\"\"\"", #"{"a":"xy\"\"z\"\""}"#),
      ("a = '''\r\n\\x\r\n'y'''''", #"{"a":"\\x\n'y''"}"#),
      ("[f]\na.b = 1\n[f.a.c]\nd = 2", #"{"f":{"a":{"b":1,"c":{"d":2}}}}"#),
    ])
  func reading(_ text: String, _ json: String) throws {
    #expect(try parse(text) == JSONValue(parsing: json))
  }

  @Test(
    "that is none is refused by line and column",
    arguments: [
      ("[[`", "1:3: expected a key, found '`'"), ("[=", "1:2: expected a key, found '='"),
      ("a = = 1", "1:5: expected a value, found '='"),
      ("a = 1\né = 2", "2:1: expected a key, found byte 0xc3"),
      ("a = 1 b = 2", "1:7: expected the end of the line, found 'b'"),
      ("a = 1\na = 2", "2:1: 'a' is there already"),
      ("[a]\n[a]", "2:1: 'a' is there already"),
      ("a = [1]\n[[a]]", "2:1: 'a' is there already, and no list of tables"),
      ("a = {b = 1}\n[a.c]", "2:1: 'a' is no table that can be added to"),
      ("a = {b = 1}\na.c = 2", "2:1: 'a' is no table that this can be added to"),
      ("[a.b]\n[a]\nb.c = 1", "3:1: 'b' is no table that this can be added to"),
      ("a = {b = 1,}", "1:12: expected a key, found '}'"),
      ("a = [1 2]", "1:8: expected ',' or ']', found '2'"),
      ("a = 2001-12-31", "1:5: it is a date or time, which no setting takes"),
      ("a = 23:59:01", "1:5: it is a date or time, which no setting takes"),
      ("a = 012", "1:5: '012' is no value; texts stand in quotes"),
      ("a = 1__0", "1:5: '1__0' is no value; texts stand in quotes"),
      ("a = hello", "1:5: 'hello' is no value; texts stand in quotes"),
      ("a = 1.", "1:5: '1.' is no value; texts stand in quotes"),
      ("a = 9223372036854775808", "1:5: number out of range"),
      ("a = 1e999", "1:5: number out of range"),
      ("a = \"x\ny\"", "1:5: string without end"), ("a = '''x", "1:8: string without end"),
      (#"a = "\q""#, "1:6: unknown escape"),
      (#"a = "\ud800""#, "1:6: no character has this number"),
      ("a = 'x\u{1}'", "1:7: control character in a string"),
      ("# \u{0}", "1:3: expected a comment, found byte 0x00"),
    ])
  func refusal(_ text: String, _ message: String) {
    #expect {
      try parse(text)
    } throws: {
      "\($0)" == message
    }
  }

  @Test("of any depth is refused without end of the stack", arguments: ["a.", "[", "{a="])
  func depth(_ part: String) {
    let text = (part == "a." ? "" : "a=") + String(repeating: part, count: 100_000) + "a=1"
    #expect(throws: TOMLSyntaxError.self) { try parse(text) }
  }

  @Test(
    "that is accepted is as deep as JSON text may be",
    arguments: ["PATH = 1", "[PATH]", "[[PATH]]", "[[PATH]]\nb = [{}]", "[[PATH]]\n[[PATH.b]]"])
  func depth(ofAccepted template: String) throws {
    let trees = (120...130).map { keys in
      let path = Array(repeating: "a", count: keys).joined(separator: ".")
      return try? parse(
        template.split(separator: "PATH", omittingEmptySubsequences: false).joined(separator: path))
    }
    #expect(trees.contains { $0 == nil } && trees.contains { $0 != nil })
    for tree in trees { try #expect(tree.map { try JSONValue(parsing: $0.compact) } == tree) }
  }

  @Test("that is not UTF-8 is refused")
  func encoding() {
    #expect(throws: TOMLSyntaxError.self) { try JSONValue(parsingTOML: [0x61, 0x3D, 0x22, 0xFF]) }
  }
}
