import ArgumentParser
import CAllocations
import Samplers
import Storage

/// Counts the heap allocations of training iterations.
struct AllocationsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "allocations",
    abstract: "Heap allocations per training iteration, after the first three.")

  /// Iterations that are counted.
  private static let iterations = 10

  @Flag(help: "Print one JSON object.")
  var json = false

  func run() throws {
    guard allocations_are_counted() != 0 else {
      throw ValidationError("allocations are counted with glibc only")
    }
    let counts = try trainingWorkloads.map { ($0.name, try count($0)) }
    if json {
      print(JSONValue.object(JSONObject(counts.map { ($0.0, JSONValue($0.1)) })).compact)
    } else {
      for (name, count) in counts { print("\(padded(name, 34)) \(count)") }
    }
  }

  private func count(_ workload: TrainingWorkload) throws -> Double {
    let run = try workload.makeRun()
    for _ in 0..<3 { _ = try run.trainStep {} }
    let before = allocations_of_process()
    for _ in 0..<Self.iterations { _ = try run.trainStep {} }
    return Double(allocations_of_process() - before) / Double(Self.iterations)
  }
}
