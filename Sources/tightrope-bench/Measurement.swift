import ArgumentParser

/// Something to measure, by its name.
struct Measurement {
  let name: String
  /// Measures it so many times.
  let rows: (_ repeats: Int) throws -> [Row]
}

/// What all measurements have in common.
struct MeasureOptions: ParsableArguments {
  @Option(help: "Measurements of each row.")
  var repeats = 7

  @Option(help: "Names of the rows to measure, separated by commas; all unless given.")
  var only: String?

  @Flag(help: "Print one JSON object.")
  var json = false

  func validate() throws {
    guard (1...1000).contains(repeats) else {
      throw ValidationError("--repeats must be from 1 to 1000")
    }
  }

  /// Measures and reports what `--only` names.
  func measure(_ measurements: [Measurement]) throws {
    let rows = try selected(measurements).flatMap { try $0.rows(repeats) }
    report(rows, asJSON: json)
  }

  private func selected(_ measurements: [Measurement]) throws -> [Measurement] {
    guard let only else { return measurements }
    let names = only.split(separator: ",").map(String.init)
    let known = measurements.map(\.name)
    for name in names where !known.contains(name) {
      throw ValidationError(
        "--only: there is no row '\(name)'; known are \(known.joined(separator: ", "))")
    }
    return measurements.filter { names.contains($0.name) }
  }
}
