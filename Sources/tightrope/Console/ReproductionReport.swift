import Catalogs
import Experiments
import Reports
import Storage

/// A table of published numbers and ours, as Markdown, as JSON and for the terminal.
struct ReproductionReport {
  let table: ReproductionTable

  init(_ table: ReproductionTable) { self.table = table }

  private var experiment: Experiment { table.reproduction.experiment }

  /// Writes `table.md` and `table.json` into the folder.
  func write() throws {
    let folder = table.reproduction.folder
    try writeAtomically(markdown(), to: folder + "/table.md")
    try writeAtomically(table.json.pretty + "\n", to: folder + "/table.json")
  }

  /// Prints a line for each figure.
  func print() throws {
    let terminal = Terminal.output
    try printLine(terminal.bold("\(experiment.name), preset \(table.reproduction.preset.rawValue)"))
    try printLine()
    for line in figureTable().lines(style: { cell, row, _ in row == 0 ? terminal.dim(cell) : cell })
    {
      try printLine(line)
    }
    try printLine()
    if !table.opponents.isEmpty {
      for line in opponentTable().lines(style: { cell, row, _ in
        row == 0 ? terminal.dim(cell) : cell
      }) { try printLine(line) }
      try printLine()
    }
    for line in wellLines + opponentLines { try printLine("- " + line) }
    for note in try table.reproduction.notes { try printLine("- " + note) }
    try printLine(machine)
    try printLine("table: \(quoted(table.reproduction.folder + "/table.md")), and table.json")
  }

  // MARK: - For the terminal

  private func figureTable() -> Table {
    let rows = experiment.published
    var lines = Table(Array(repeating: .left, count: 3 + rows.count))
    lines.append(
      ["figure"] + rows.map { heading($0) } + [ours, isSingle ? "95% interval" : "± over seeds"])
    for name in table.columns {
      let mean = table.results.mean(name)
      let spread =
        isSingle
        ? mean.map { interval($0, name) } ?? ""
        : table.results.standardDeviation(name).map { cell($0, name) } ?? ""
      lines.append(
        [name.heading] + rows.map { published($0, name) }
          + [mean.map { valueWithReference($0, name) } ?? "", spread])
    }
    return lines
  }

  /// What chains and particles score with as many density evaluations.
  private func opponentTable() -> Table {
    let names = table.columns.filter { name in table.opponents.contains { $0[name] != nil } }
    var lines = Table([.left] + Array(repeating: .right, count: names.count))
    lines.append(["at as many evaluations"] + names.map(\.heading))
    for row in table.opponents {
      let cells = names.map { name in row[name].map { valueWithReference($0, name) } ?? "" }
      lines.append([row.method] + cells)
    }
    return lines
  }

  /// Where chains and particles win, and which of them failed.
  private var opponentLines: [String] {
    table.nearer.map { found in
      "\(found.method) is nearer at as many density evaluations: \(found.name.heading) "
        + "\(cell(found.theirs, found.name)) against \(cell(found.ours, found.name))"
    }
      + table.opponents.compactMap { row in
        row.failure.isEmpty ? nil : "\(row.method) failed: \(row.failure)"
      }
  }

  private var isSingle: Bool { table.results.count == 1 }
  private var ours: String { isSingle ? "ours" : "ours, mean of \(table.results.count) seeds" }

  private func heading(_ row: PublishedRow) -> String {
    experiment.isOurs ? row.method : "published"
  }

  private var wellLines: [String] {
    table.results.compactMap { result in
      table.missedWells(result).map { wells in
        "seed \(result.seed): RW error = \(figure(wells.count)) x 0.1692: \(wells.words)"
      }
    }
  }

  private var machine: String {
    let report = table.provenance
    let threads = counted(Int(report["threads"]?.integer ?? 0), "thread")
    return "\(report["processor"]?.string ?? "unknown"), \(threads), "
      + "\(report["instruction_set"]?.string ?? ""), version \(report["version"]?.string ?? ""), "
      + "\(report["date"]?.string ?? "")"
  }

  // MARK: - As Markdown

  /// The whole document.
  func markdown() throws -> String {
    var lines = ["# \(experiment.name), preset \(table.reproduction.preset.rawValue)", ""]
    lines += [experiment.summary, ""]
    lines += markdownTable() + [""]
    let findings = wellLines + opponentLines
    if !findings.isEmpty { lines += findings.map { "- " + $0 } + [""] }
    lines += try table.reproduction.notes.map { "- " + $0 }
    lines += experiment.references.map { "- \($0.description)" } + [""]
    lines += ["Measured on \(machine).", "", "    \(table.provenance["command"]?.string ?? "")"]
    return lines.joined(separator: "\n") + "\n"
  }

  private func markdownTable() -> [String] {
    let names = table.columns
    var lines = [markdownRow([""] + names.map(\.heading))]
    lines.append("|---" + String(repeating: "|---:", count: names.count) + "|")
    for row in experiment.published {
      let kind = experiment.isOurs ? "compare" : "published"
      lines.append(markdownRow(["\(kind): \(row.label)"] + names.map { published(row, $0) }))
    }
    for result in table.results {
      lines.append(
        markdownRow(
          ["seed \(result.seed)"]
            + names.map { name in result[name].map { full($0, name) } ?? "" }))
    }
    lines.append(markdownRow(["**\(ours)**"] + names.map { summary(table.results, $0) }))
    for row in table.opponents {
      let cells = names.map { name in row[name].map { full($0, name) } ?? "" }
      lines.append(markdownRow(["\(row.method), as many density evaluations"] + cells))
    }
    return lines
  }

  private func published(_ row: PublishedRow, _ name: FigureName) -> String {
    guard let figure = row[name] else { return "" }
    let deviation = figure.standardDeviation.map { " ± " + cell($0, name) } ?? ""
    return cell(figure.value, name) + deviation
  }
}
