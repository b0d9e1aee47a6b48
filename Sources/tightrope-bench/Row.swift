import Kernels
import Storage

/// One measured quantity.
struct Row {
  let name: String
  /// Seconds of each measurement, ascending.
  let seconds: [Double]
  /// Threads that worked on it.
  let threads: Int
  /// Floating-point operations of one measurement, where counted.
  var operations: Double?
  /// Operations per second that as many threads could do at most, where measured.
  var ceiling: Double?

  /// Measures `body` after one call that does not count.
  init(
    _ name: String, repeats: Int, threads: Int = ThreadPool.shared.threads,
    operations: Double? = nil, ceiling: Double? = nil, _ body: () throws -> Double
  ) rethrows {
    self.name = name
    self.threads = threads
    self.operations = operations
    self.ceiling = ceiling
    _ = try body()
    seconds = try (0..<repeats).map { _ in try body() }.sorted()
  }

  var median: Double { seconds[seconds.count / 2] }

  /// Operations per second, where counted.
  var rate: Double? { operations.map { $0 / median } }

  private var fractionOfCeiling: Double? {
    guard let rate, let ceiling else { return nil }
    return rate / ceiling
  }

  var json: JSONValue {
    var object = JSONObject([
      ("name", .string(name)), ("seconds", JSONValue(median)), ("minimum", JSONValue(seconds[0])),
      ("maximum", JSONValue(seconds[seconds.count - 1])), ("threads", .integer(Int64(threads))),
    ])
    if let rate { object["gflops"] = JSONValue(rate / 1e9) }
    if let fractionOfCeiling { object["fraction_of_ceiling"] = JSONValue(fractionOfCeiling) }
    return .object(object)
  }

  var line: String {
    let spread = "\(readable(seconds[0])) to \(readable(seconds[seconds.count - 1]))"
    let rate = rate.map { "  \(Int(($0 / 1e9).rounded())) GFLOP/s" } ?? ""
    let part = fractionOfCeiling.map { ", \(Int(($0 * 100).rounded())) % of the ceiling" } ?? ""
    let workers = threads == 1 ? "1 thread " : "\(threads) threads"
    return "\(padded(name, 28)) \(workers)  \(readable(median))  (\(spread))\(rate)\(part)"
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

/// Text with spaces up to a width.
func padded(_ text: String, _ width: Int) -> String {
  text + String(repeating: " ", count: max(0, width - text.count))
}
