import ArgumentParser
import Densities
import Samplers
import Storage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Measures the peak of resident memory while training in many dimensions and steps.
struct MemoryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "memory",
    abstract: "Peak resident memory of trajectory balance in 1600 dimensions, batch 300.",
    discussion: """
      The states of a batch alone would be 1.9 GB at 1000 steps. Reads /proc, so on Linux only.
      """)

  @Option(help: "Numbers of steps T.")
  var steps: [Int] = [250, 1000]

  @Flag(help: "Print one JSON object.")
  var json = false

  func run() throws {
    let peaks = try steps.map { ($0, try peak(steps: $0)) }
    if json {
      let rows = peaks.map { ("steps-\($0.0)", JSONValue(Double($0.1))) }
      print(JSONValue.object(JSONObject(rows)).compact)
    } else {
      for (steps, bytes) in peaks {
        print("\(padded("T = \(steps)", 34)) \((bytes + 500_000) / 1_000_000) MB")
      }
    }
  }

  /// Bytes at most resident during two training iterations.
  private func peak(steps: Int) throws -> Int {
    beginPeak()
    let run = try Run(
      NamedDensity("gaussian", config: ["dimension": 1600]),
      overrides: [
        "process": ["steps": .integer(Int64(steps))], "network": ["langevin": "off"],
      ])
    for _ in 0..<2 { _ = try run.trainStep {} }
    return peakResidentBytes()
  }
}

/// Forgets the peak so far, where the system can.
private func beginPeak() {
  guard let file = fopen("/proc/self/clear_refs", "w") else { return }
  fputs("5", file)
  fclose(file)
}

/// The peak of resident memory as /proc tells it, 0 where there is no /proc.
private func peakResidentBytes() -> Int {
  guard let file = fopen("/proc/self/status", "r") else { return 0 }
  defer { fclose(file) }
  var line = [CChar](repeating: 0, count: 256)
  while fgets(&line, Int32(line.count), file) != nil {
    let text = String(
      decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    guard text.hasPrefix("VmHWM:") else { continue }
    return 1024 * (Int(text.filter(\.isNumber)) ?? 0)
  }
  return 0
}
