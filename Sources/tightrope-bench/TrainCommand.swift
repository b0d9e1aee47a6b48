import ArgumentParser
import Samplers

/// Times whole training iterations.
struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Seconds per training iteration (100 steps, batch 300).")

  /// Iterations of one measurement.
  private static let iterations = 40

  @OptionGroup var options: MeasureOptions

  @Option(help: "Measure only the workload of this name.")
  var only: String?

  func run() throws {
    let rows = try trainingWorkloads.filter { only == nil || $0.name == only }.map(row)
    report(rows, asJSON: options.json)
  }

  private func row(_ workload: TrainingWorkload) throws -> Row {
    let run = try workload.makeRun()
    return try Row(workload.name, repeats: options.repeats) {
      let elapsed = try seconds {
        for _ in 0..<Self.iterations { _ = try run.trainStep {} }
      }
      return elapsed / Double(Self.iterations)
    }
  }
}
