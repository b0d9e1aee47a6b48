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
        tightrope-bench kernels --only exponential,product-300x64x64 --json
      """,
    subcommands: [
      TrainCommand.self, AllocationsCommand.self, MemoryCommand.self, KernelsCommand.self,
      EnergyMatchingCommand.self,
    ])
}
