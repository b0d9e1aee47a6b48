/// Rows of text in aligned columns.
struct Table {
  enum Alignment { case left, right }

  private let alignments: [Alignment]
  private var rows: [[String]] = []

  init(_ alignments: [Alignment]) { self.alignments = alignments }

  mutating func append(_ cells: String...) { rows.append(cells) }

  /// Adds a row with a cell for each column.
  mutating func append(_ cells: [String]) { rows.append(cells) }

  /// The lines, two spaces between columns and none at the end.
  /// - Parameter style: decorates a padded cell, given its row and column.
  func lines(style: (_ cell: String, _ row: Int, _ column: Int) -> String = { cell, _, _ in cell })
    -> [String]
  {
    let widths = alignments.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.indices.map { row in
      let last = rows[row].lastIndex { !$0.isEmpty } ?? 0
      let cells = rows[row][...last].indices.map { column in
        let isLast = column == last && alignments[column] == .left
        let text = isLast ? rows[row][column] : padded(rows[row][column], column, widths[column])
        return style(text, row, column)
      }
      return cells.joined(separator: "  ")
    }
  }

  /// The lines with the words of the last column broken so that they fit a terminal.
  func lines(fitting width: Int?) -> [String] {
    guard let width else { return lines() }
    let widths = alignments.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    let indent = widths.dropLast().reduce(0) { $0 + $1 + 2 }
    guard width - indent >= 20 else { return lines() }
    return lines().flatMap { broken($0, at: width, indent: indent) }
  }

  private func broken(_ line: String, at width: Int, indent: Int) -> [String] {
    guard line.count > width else { return [line] }
    let head = line.prefix(width + 1)
    guard let space = head.lastIndex(of: " "),
      line.distance(from: line.startIndex, to: space) > indent
    else { return [line] }
    let rest = String(repeating: " ", count: indent) + line[line.index(after: space)...]
    return [String(line[..<space])] + broken(rest, at: width, indent: indent)
  }

  private func padded(_ cell: String, _ column: Int, _ width: Int) -> String {
    let space = String(repeating: " ", count: width - cell.count)
    return alignments[column] == .left ? cell + space : space + cell
  }
}
