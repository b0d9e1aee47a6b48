import Experiments

extension Leaderboard {
  /// The figures that any row of a part has.
  private func columns(_ part: Part) -> [FigureName] {
    FigureName.allCases.filter { name in
      part.places.contains { place in place.rows.contains { $0[name] != nil } }
    }
  }

  private func cells(_ place: Place, _ columns: [FigureName]) -> [String] {
    let memory = place.rows.map(\.peakMemory).max() ?? 0
    let failure = place.rows.map(\.failure).first { !$0.isEmpty }
    return [place.method, failure.map { "failed: \($0)" } ?? place.verdict.rawValue]
      + columns.map { summary(place.rows, $0) }
      + [memory > 0 ? "\(memory >> 20) MB" : "", "\(place.rows.count)"]
  }

  private func heading(_ columns: [FigureName]) -> [String] {
    ["method", "verdict"] + columns.map(\.heading) + ["peak memory", "seeds"]
  }

  /// Which method is first, and what the best chains are beside it.
  private func sentence(_ part: Part) -> String {
    guard let ranking = part.ranking, let first = part.places.first, first.hasFigures else {
      return "Methods are not ranked: no figure compares them all."
    }
    let equals = part.places.count { $0.excess(ranking) == 0 }
    if equals > 1 {
      return "By \(ranking.heading) \(equals) methods cannot be told from exact samples."
    }
    let value = summary(first.rows, ranking)
    let winner = "By \(ranking.heading) the first is \(first.method) (\(value))."
    let other: SuiteMethodKind = first.kind == .train ? .chains : .train
    guard let rival = part.best(other) else { return winner }
    let kind = other == .chains ? "The best chains" : "The best trained sampler"
    return winner + " \(kind): \(rival.method) (\(summary(rival.rows, ranking)))."
  }

  /// What the numbers are.
  private static let explanation = """
    All methods had the same number of density evaluations, which the column of energy calls shows as \
    spent: those of training, or of all steps of chains with their warm-up. Numbers are of one seed with its \
    95% interval, or mean ± standard deviation over seeds; a floor is what as many exact samples score.
    """

  /// The whole document as Markdown.
  /// - Parameter provenance: Command, machine and date, a line each.
  public func markdown(_ title: String, provenance: [String]) -> String {
    var lines = ["# \(title)", "", Self.explanation, ""]
    for part in parts {
      let columns = columns(part)
      lines += ["## \(part.density)", "", sentence(part), ""]
      lines.append(markdownRow(heading(columns)))
      lines.append("|---|---" + String(repeating: "|---:", count: columns.count + 2) + "|")
      lines += part.places.map { markdownRow(cells($0, columns)) } + [""]
    }
    return (lines + provenance.map { "    " + $0 }).joined(separator: "\n") + "\n"
  }

  /// The whole document as a page that needs no other file.
  public func html(_ title: String, provenance: [String]) -> String {
    var page = Page(title: title)
    page.sections.append(("What this is", element("p", [:], escaped(Self.explanation))))
    for part in parts {
      let columns = columns(part)
      let rows = part.places.map { place in
        cells(place, columns).enumerated().map { index, cell in
          index == 1
            ? element("span", ["class": place.verdict.rawValue], escaped(cell)) : escaped(cell)
        }
      }
      let classes = ["text", "text"] + Array(repeating: "number", count: columns.count + 2)
      page.sections.append(
        (
          part.density,
          element("p", [:], escaped(sentence(part)))
            + table(heading(columns), rows, classes: classes)
        ))
    }
    let lines = provenance.map { element("p", ["class": "code"], escaped($0)) }
    page.sections.append(("Where this comes from", lines.joined(separator: "\n")))
    return page.text
  }
}
