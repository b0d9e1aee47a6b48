extension StudyTable {
  /// Means over the tables of several seeds, and below each its standard deviation.
  ///
  /// A row that a seed lacks, as where the best of several settings has another name, counts where it is.
  public init(meanOf tables: [StudyTable]) {
    precondition(!tables.isEmpty, "a mean of no tables")
    guard tables.count > 1 else {
      self = tables[0]
      return
    }
    var labels: [String] = []
    for row in tables.flatMap(\.rows) where !labels.contains(row.label) { labels.append(row.label) }
    let rows = labels.flatMap { label in
      let same = tables.compactMap { table in table.rows.first { $0.label == label } }
      let columns = tables[0].columns.indices.map { index in same.compactMap { $0.values[index] } }
      let isMeasured = columns.contains { Set($0).count > 1 }
      let mean = Row(label: label, values: columns.map { $0.isEmpty ? nil : average($0) })
      return isMeasured
        ? [mean, Row(label: "± over \(same.count) seeds", values: columns.map(deviation))] : [mean]
    }
    self.init(
      title: tables[0].title, columns: tables[0].columns, rows: rows, notes: tables[0].notes)
  }
}

private func average(_ values: [Double]) -> Double {
  values.reduce(0, +) / Double(values.count)
}

/// Standard deviation of a sample; nil for a single value.
private func deviation(_ values: [Double]) -> Double? {
  guard values.count > 1 else { return nil }
  let mean = average(values)
  let squares = values.map { ($0 - mean) * ($0 - mean) }
  return (squares.reduce(0, +) / Double(values.count - 1)).squareRoot()
}
