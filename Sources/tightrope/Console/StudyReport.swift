import Catalogs
import Experiments
import Reports
import Storage

/// The table of a study, as Markdown, as JSON and for the terminal.
struct StudyReport {
  let study: Study
  let preset: Preset
  let table: StudyTable
  let provenance: JSONValue

  /// Writes `table.md` and `table.json` into a folder.
  func write(to folder: String) throws {
    try writeAtomically(markdown, to: folder + "/table.md")
    try writeAtomically(json.pretty + "\n", to: folder + "/table.json")
  }

  /// Prints a line for each method.
  func print(folder: String) throws {
    let terminal = Terminal.output
    try printLine(terminal.bold("\(study.name), preset \(preset.rawValue)"))
    try printLine()
    var lines = Table([.left] + table.columns.map { _ in .right })
    lines.append([""] + table.columns)
    for row in table.rows { lines.append(cells(row)) }
    for line in lines.lines(style: { cell, row, _ in row == 0 ? terminal.dim(cell) : cell }) {
      try printLine(line)
    }
    try printLine()
    for note in table.notes { try printLine("- " + note) }
    try printLine("table: \(quoted(folder + "/table.md")), and table.json")
  }

  /// Everything as one object.
  var json: JSONValue {
    [
      "study": .string(study.name), "preset": .string(preset.rawValue), "table": table.json,
      "references": .array(study.references.map { .string($0.description) }),
      "provenance": provenance,
    ]
  }

  private var markdown: String {
    var lines = ["# \(study.name), preset \(preset.rawValue)", "", study.summary, ""]
    lines.append(markdownRow([""] + table.columns))
    lines.append("|---" + String(repeating: "|---:", count: table.columns.count) + "|")
    lines += table.rows.map { markdownRow(cells($0)) } + [""]
    lines += table.notes.map { "- " + $0 } + study.references.map { "- \($0.description)" }
    let threads = counted(Int(provenance["threads"]?.integer ?? 0), "thread")
    let machine =
      "\(provenance["processor"]?.string ?? "unknown"), \(threads), "
      + "\(provenance["instruction_set"]?.string ?? ""), version "
      + "\(provenance["version"]?.string ?? ""), \(provenance["date"]?.string ?? "")"
    lines += ["", "Measured on \(machine).", "", "    \(provenance["command"]?.string ?? "")"]
    return lines.joined(separator: "\n") + "\n"
  }

  private func cells(_ row: StudyTable.Row) -> [String] {
    [row.label] + row.values.map { $0.map { figure($0) } ?? "" }
  }
}
