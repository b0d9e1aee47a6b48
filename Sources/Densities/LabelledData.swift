import Storage

/// Observations with features and one of two labels each.
struct LabelledData {
  /// Features of each observation.
  let features: Int
  /// The features, [N, features].
  let values: [Double]
  /// Whether each observation is of the second kind, [N].
  let labels: [Bool]

  /// The Wisconsin diagnostic breast cancer data; the second kind is benign.
  static let breastCancer = LabelledData(BreastCancerTable.lines)

  private init(_ table: String) {
    let digits = BreastCancerTable.widths.compactMap(\.wholeNumberValue)
    let powers = BreastCancerTable.decimals.compactMap(\.wholeNumberValue).map { decimals in
      (0..<decimals).reduce(1.0) { power, _ in power * 10 }
    }
    var (values, labels) = ([Double](), [Bool]())
    for line in table.utf8.split(separator: UInt8(ascii: "\n")) {
      var rest = line[...]
      for (width, power) in zip(digits, powers) {
        let number = rest.prefix(width).reduce(0) { $0 * 91 + Self.digit($1) }
        values.append(Double(number) / power)
        rest = rest.dropFirst(width)
      }
      labels.append(rest.first == UInt8(ascii: "1"))
    }
    (features, self.values, self.labels) = (digits.count, values, labels)
  }

  /// The characters # to ~ without the backslash count from 0 to 90.
  private static func digit(_ character: UInt8) -> Int {
    Int(character) - 35 - (character > UInt8(ascii: "\\") ? 1 : 0)
  }

  /// s_n x_n, [N, features + 1]: standardised features behind a 1, with the sign of the label.
  func signedDesign() -> [Float] {
    let (count, n) = (features, labels.count)
    let columns = (0..<count).map { moments(of: $0) }
    return (0..<n).flatMap { row in
      let sign = labels[row] ? 1.0 : -1
      let standardised = (0..<count).map { j in
        (values[row * count + j] - columns[j].mean) / columns[j].deviation
      }
      return ([1] + standardised).map { Float(sign * $0) }
    }
  }

  /// Mean and standard deviation, of all observations, of one feature.
  private func moments(of feature: Int) -> (mean: Double, deviation: Double) {
    let column = stride(from: feature, to: values.count, by: features).map { values[$0] }
    let mean = column.reduce(0, +) / Double(column.count)
    let square = column.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (mean, (square / Double(column.count)).squareRoot())
  }
}

// MARK: - Files

extension LabelledData {
  /// The observations in a file whose rows end with a label, the greater of two numbers for the second
  /// kind: a NumPy array of floats if it ends in .npy, else numbers apart by commas, semicolons or
  /// blanks, where a first line of words is passed over.
  /// - Throws: `ConfigError` on `path`.
  init(reading path: String) throws(ConfigError) {
    let file: NumberTable
    do {
      file =
        path.hasSuffix(".npy")
        ? try NumberTable(readingNPY: path) : try NumberTable(readingText: path)
    } catch {
      throw .invalid(path: "path", reason: "\(error)")
    }
    let (table, columns) = (file.values, file.columns)
    try ConfigError.require(
      columns > 1 && !table.isEmpty, "path", "'\(path)' holds no features with labels")
    try ConfigError.require(
      table.allSatisfy(\.isFinite), "path", "'\(path)' holds numbers that are not finite")
    let last = stride(from: columns - 1, to: table.count, by: columns).map { table[$0] }
    let kinds = Set(last).sorted()
    try ConfigError.require(
      kinds.count == 2, "path",
      "the last column of '\(path)' has \(kinds.count) different labels, not 2")
    features = columns - 1
    labels = last.map { $0 == kinds[1] }
    values = table.indices.filter { $0 % columns != columns - 1 }.map { table[$0] }
    for feature in 0..<features where !(moments(of: feature).deviation > 0) {
      throw .invalid(
        path: "path",
        reason: "column \(feature) of '\(path)' is constant; an intercept is added anyway")
    }
  }
}
