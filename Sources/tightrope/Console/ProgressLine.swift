import Reports

/// A part of a progress line.
struct ProgressFigure {
  let text: String
  /// The lower, the sooner it is left out where the line is narrow.
  let importance: Int

  /// A figure under its name, as wide as most of its kind so that the line stays still.
  init(_ name: String, _ value: Double, importance: Int) {
    let number = figure(value)
    text = "\(name) \(String(repeating: " ", count: max(0, 7 - number.count)))\(number)"
    self.importance = importance
  }

  init(_ text: String, importance: Int) {
    self.text = text
    self.importance = importance
  }
}

/// A bar, a count of steps, and as many figures as the width allows.
struct ProgressLine {
  private let part: Double
  private let count: String
  private let figures: [ProgressFigure]
  private let barWidth: Int

  private static let widestBar = 30
  private static let narrowestBar = 10
  private static let gap = "  "

  /// - Parameters:
  ///   - figures: What to say after the steps, from left to right.
  ///   - width: Columns the line may take.
  init(_ step: Int, of steps: Int, _ figures: [ProgressFigure], width: Int) {
    part = steps > 0 ? Double(step) / Double(steps) : 1
    let space = String(repeating: " ", count: max(0, String(steps).count - String(step).count))
    let count = "\(space)\(step)/\(steps)"
    func room(_ shown: [ProgressFigure]) -> Int {
      shown.reduce(width - count.count) { $0 - Self.gap.count - $1.text.count } - Self.gap.count
    }
    var shown = figures
    while room(shown) < Self.narrowestBar,
      let least = shown.indices.min(by: { shown[$0].importance < shown[$1].importance })
    {
      shown.remove(at: least)
    }
    self.count = count
    self.figures = shown
    let bar = min(Self.widestBar, room(shown))
    barWidth = bar >= Self.narrowestBar ? bar : 0
  }

  func text(_ terminal: Terminal) -> String {
    let bar = barWidth > 0 ? [self.bar(terminal)] : []
    return (bar + [count] + figures.map(\.text)).joined(separator: Self.gap)
  }

  private func bar(_ terminal: Terminal) -> String {
    let full = min(barWidth, Int((part * Double(barWidth)).rounded(.down)))
    let (done, rest) = Terminal.hasUnicode ? ("━", "─") : ("#", "-")
    return terminal.cyan(String(repeating: done, count: full))
      + terminal.dim(String(repeating: rest, count: barWidth - full))
  }
}
