import Metrics
import Samplers

/// The figures of an evaluation, one a line.
struct EvaluationTable {
  private let evaluation: Evaluation
  private let title: String
  private static let verdictColumn = 6

  init(_ evaluation: Evaluation, of run: Run, at path: String) {
    self.evaluation = evaluation
    title = "\(path): \(run.density.name), \(counted(evaluation.step, "step"))"
  }

  func print() throws {
    let terminal = Terminal.output
    try printLine(terminal.bold(title))
    try printLine()
    let plain = table.lines()
    let styled = table.lines { cell, row, column in decorated(cell, row, column, terminal) }
    let longest = zip(plain.dropFirst(), metrics).map { $0.count + 2 + $1.reason.count }.max() ?? 0
    let reasonsFit = longest <= terminal.width ?? .max
    try printLine(styled[0])
    for (line, metric) in zip(styled.dropFirst(), metrics) {
      try printLine(reasonsFit ? "\(line)  \(metric.reason)" : line)
      if !reasonsFit { try printLine("    " + terminal.dim(metric.reason)) }
    }
    try printLine()
    try printLine(
      "\(grouped(evaluation.energyCalls)) energy calls, training included; "
        + "checksum of the draws \(evaluation.checksum)")
  }

  private var metrics: [Metric] { evaluation.metrics }

  private var table: Table {
    var table = Table([.left, .right, .right, .right, .right, .right, .left])
    table.append("figure", "value", "95% interval", "n", "truth", "floor", "verdict")
    for metric in metrics {
      let hasInterval = metric.low < metric.high
      table.append(
        metric.name, figure(metric.value),
        hasInterval ? "\(figure(metric.low)) to \(figure(metric.high))" : "",
        grouped(metric.count), metric.truth.map(figure) ?? "", metric.floor.map(figure) ?? "",
        // As wide as the heading, so that the reasons line up.
        metric.verdict.rawValue + String(repeating: " ", count: 7 - metric.verdict.rawValue.count))
    }
    return table
  }

  private func decorated(
    _ cell: String, _ row: Int, _ column: Int, _ terminal: Terminal
  ) -> String {
    if row == 0 { return terminal.dim(cell) }
    guard column == Self.verdictColumn else { return cell }
    switch metrics[row - 1].verdict {
    case .ok: return terminal.green(cell)
    case .warn: return terminal.yellow(cell)
    case .fail: return terminal.red(cell)
    }
  }
}
