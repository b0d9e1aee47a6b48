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
    let counts = try TrainingStep.all.map { ($0.name, try count($0.make().run)) }
    if json {
      print(JSONValue.object(JSONObject(counts.map { ($0.0, JSONValue($0.1)) })).compact)
    } else {
      for (name, count) in counts { print("\(padded(name, 34)) \(count)") }
    }
  }

  private func count(_ step: () throws -> Void) throws -> Double {
    for _ in 0..<3 { try step() }
    let before = allocations_of_process()
    for _ in 0..<Self.iterations { try step() }
    return Double(allocations_of_process() - before) / Double(Self.iterations)
  }
}
