/// Text in which nothing reads as markup.
func escaped(_ text: String) -> String {
  text.reduce(into: "") { out, character in
    switch character {
    case "&": out += "&amp;"
    case "<": out += "&lt;"
    case ">": out += "&gt;"
    case "\"": out += "&quot;"
    default: out.append(character)
    }
  }
}

/// An element of HTML or SVG; its content is markup already, its attributes are text.
func element(
  _ name: String, _ attributes: KeyValuePairs<String, String> = [:], _ content: String = ""
) -> String {
  let opening = attributes.reduce(into: name) { $0 += " \($1.key)=\"\(escaped($1.value))\"" }
  return "<\(opening)>\(content)</\(name)>"
}

/// A table: its cells are markup already.
/// - Parameter classes: That of each column.
func table(_ head: [String], _ rows: [[String]], classes: [String]) -> String {
  func row(_ cells: [String], _ kind: String) -> String {
    element(
      "tr", [:],
      zip(cells, classes).map { element(kind, ["class": $1], $0) }.joined())
  }
  let body = rows.map { row($0, "td") }.joined(separator: "\n")
  return element(
    "div", ["class": "wide"],
    element(
      "table", [:],
      element("thead", [:], row(head.map(escaped), "th")) + "\n" + element("tbody", [:], body)))
}
