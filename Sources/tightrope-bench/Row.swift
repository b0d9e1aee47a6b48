import Kernels
import Storage

/// One measured quantity.
struct Row {
  let name: String
  /// Seconds of each measurement, ascending.
  let seconds: [Double]
  /// Floating-point operations of one measurement, where counted.
  var operations: Double?

  /// Measures `body` after one call that does not count.
  init(_ name: String, repeats: Int, operations: Double? = nil, _ body: () throws -> Double)
    rethrows
  {
    self.name = name
    self.operations = operations
    _ = try body()
    seconds = try (0..<repeats).map { _ in try body() }.sorted()
  }

  /// The same measurement with other operations counted.
  func counting(_ name: String, operations: Double) -> Row {
    Row(name: name, seconds: seconds, operations: operations)
  }

  private init(name: String, seconds: [Double], operations: Double?) {
    (self.name, self.seconds, self.operations) = (name, seconds, operations)
  }

  var median: Double { seconds[seconds.count / 2] }

  var json: JSONValue {
    var object = JSONObject([
      ("name", .string(name)), ("seconds", JSONValue(median)), ("minimum", JSONValue(seconds[0])),
      ("maximum", JSONValue(seconds[seconds.count - 1])),
    ])
    if let operations { object["gflops"] = JSONValue(operations / median / 1e9) }
    return .object(object)
  }

  var line: String {
    let spread = "\(readable(seconds[0])) to \(readable(seconds[seconds.count - 1]))"
    let rate = operations.map { "  \(Int($0 / median / 1e9)) GFLOP/s" } ?? ""
    return "\(padded(name, 34)) \(readable(median))  (\(spread))\(rate)"
  }
}

/// Prints rows as lines or as one object.
func report(_ rows: [Row], asJSON: Bool) {
  let environment: JSONValue = [
    "instruction_set": .string(InstructionSet.active.rawValue),
    "threads": .integer(Int64(ThreadPool.shared.threads)),
  ]
  if asJSON {
    let object: JSONValue = ["environment": environment, "rows": .array(rows.map(\.json))]
    print(object.compact)
  } else {
    print("\(InstructionSet.active.rawValue), \(ThreadPool.shared.threads) threads; medians")
    for row in rows { print(row.line) }
  }
}

/// Seconds that a call takes.
func seconds(_ body: () throws -> Void) rethrows -> Double {
  let elapsed = try ContinuousClock().measure(body)
  return Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) * 1e-18
}

/// A time with two decimals, in milliseconds or, below a tenth of one, microseconds.
private func readable(_ seconds: Double) -> String {
  let (unit, scale) = seconds < 1e-4 ? ("µs", 1e6) : ("ms", 1e3)
  let hundredths = Int((seconds * scale * 100).rounded())
  let rest = hundredths % 100
  return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest) \(unit)"
}

private func padded(_ text: String, _ width: Int) -> String {
  text + String(repeating: " ", count: max(0, width - text.count))
}
