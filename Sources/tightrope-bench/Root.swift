import ArgumentParser

/// Measures how fast the library is on this machine.
@main
struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tightrope-bench",
    abstract: "Measure how fast Tightrope is on this machine.",
    discussion: """
      Each row is measured several times after a warm-up; the median is what to quote, and the
      spread says how quiet the machine was. TIGHTROPE_NUM_THREADS and TIGHTROPE_ISA apply.

        tightrope-bench train
        TIGHTROPE_NUM_THREADS=1 tightrope-bench kernels --json
      """,
    subcommands: [
      TrainCommand.self, AllocationsCommand.self, MemoryCommand.self, KernelsCommand.self,
    ])
}

/// What all measurements have in common.
struct MeasureOptions: ParsableArguments {
  @Option(help: "Measurements of each row.")
  var repeats = 7

  @Flag(help: "Print one JSON object.")
  var json = false

  func validate() throws {
    guard (1...1000).contains(repeats) else {
      throw ValidationError("--repeats must be from 1 to 1000")
    }
  }
}
