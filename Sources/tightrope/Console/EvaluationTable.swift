import Densities
import Metrics
import Reports
import Samplers

/// Figures with their verdicts: one a line, or two lines each where the terminal is narrow.
struct EvaluationTable {
  private let metrics: [Metric]
  private let title: String
  private let notes: [String]
  private let terminal = Terminal.output

  /// The figures of an evaluation.
  init(_ evaluation: Evaluation, of run: Run, at path: String) {
    self.init(
      evaluation.metrics, "\(path): \(run.density.name), \(counted(evaluation.step, "step"))",
      notes: [
        "\(grouped(evaluation.energyCalls)) energy calls, training included",
        "checksum of the draws: \(evaluation.checksum)",
      ])
  }

  /// Figures under a title, with lines to follow.
  init(_ metrics: [Metric], _ title: String, notes: [String]) {
    (self.metrics, self.title, self.notes) = (metrics, title, notes)
  }

  func print() throws {
    try printLine(terminal.bold(title))
    try printLine()
    let width = wideTable.lines().map(\.count).max() ?? 0
    if width <= terminal.width ?? .max { try printWide() } else { try printNarrow() }
    try printLine()
    for note in notes { try printLine(note) }
  }

  private func printWide() throws {
    for line in wideTable.lines(style: { decorated($0, $1, isVerdict: $2 == 6) }) {
      try printLine(line)
    }
  }

  private func printNarrow() throws {
    let lines = narrowTable.lines { decorated($0, $1, isVerdict: $2 == 4) }
    try printLine(lines[0])
    for (line, metric) in zip(lines.dropFirst(), metrics) {
      let interval = interval(metric)
      try printLine(line)
      try printLine("    " + terminal.dim(metric.reason))
      let basis = "n \(grouped(metric.count))"
      try printLine(
        "    " + terminal.dim(interval.isEmpty ? basis : "\(basis), 95% interval \(interval)"))
    }
  }

  private var wideTable: Table {
    var table = Table([.left, .right, .right, .right, .right, .right, .left, .left])
    table.append("figure", "value", "95% interval", "n", "truth", "floor", "verdict", "")
    for metric in metrics {
      table.append(
        metric.name, figure(metric.value), interval(metric), grouped(metric.count),
        metric.truth.map(figure) ?? "", metric.floor.map(figure) ?? "", metric.verdict.rawValue,
        metric.reason)
    }
    return table
  }

  private var narrowTable: Table {
    var table = Table([.left, .right, .right, .right, .left])
    table.append("figure", "value", "truth", "floor", "verdict")
    for metric in metrics {
      table.append(
        metric.name, figure(metric.value), metric.truth.map(figure) ?? "",
        metric.floor.map(figure) ?? "", metric.verdict.rawValue)
    }
    return table
  }

  private func interval(_ metric: Metric) -> String {
    metric.low < metric.high ? "\(figure(metric.low)) to \(figure(metric.high))" : ""
  }

  private func decorated(_ cell: String, _ row: Int, isVerdict: Bool) -> String {
    if row == 0 { return terminal.dim(cell) }
    guard isVerdict else { return cell }
    switch metrics[row - 1].verdict {
    case .ok: return terminal.green(cell)
    case .warn: return terminal.yellow(cell)
    case .fail: return terminal.red(cell)
    }
  }
}
