import Experiments

// Figures as the cells of tables show them.

/// A number, in the unit of its figure.
package func cell(_ value: Double, _ name: FigureName) -> String {
  switch name {
  case .trainingTime: duration(value)
  case .energyCalls, .gradientCalls: value.isFinite ? grouped(Int(value)) : figure(value)
  default: figure(value)
  }
}

/// The ends of the interval; empty where there is none.
package func interval(_ shown: ReproducedFigure, _ name: FigureName) -> String {
  shown.low < shown.high ? "\(cell(shown.low, name)) to \(cell(shown.high, name))" : ""
}

/// The value, beside its floor or of how many it is.
package func valueWithReference(_ figure: ReproducedFigure, _ name: FigureName) -> String {
  let value = cell(figure.value, name)
  if let floor = figure.floor { return "\(value) (floor \(cell(floor, name)))" }
  if name == .modesFound, let all = figure.truth { return "\(value) of \(cell(all, name))" }
  return value
}

/// The value with its interval.
package func full(_ figure: ReproducedFigure, _ name: FigureName) -> String {
  let interval = interval(figure, name)
  return valueWithReference(figure, name) + (interval.isEmpty ? "" : " [\(interval)]")
}

/// One result with its interval; of several, mean and standard deviation.
package func summary<Result: FigureSource>(_ results: [Result], _ name: FigureName) -> String {
  guard let mean = results.mean(name) else { return "" }
  guard let deviation = results.standardDeviation(name) else { return full(mean, name) }
  return valueWithReference(mean, name) + " ± " + cell(deviation, name)
}

/// A row of a Markdown table.
package func markdownRow(_ cells: [String]) -> String {
  "| " + cells.joined(separator: " | ") + " |"
}
