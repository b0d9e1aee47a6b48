import ArgumentParser
import Samplers

/// Times whole training iterations.
struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Seconds per training iteration.")

  /// Iterations of one measurement.
  private static let iterations = 40

  @OptionGroup var options: MeasureOptions

  func run() throws {
    try options.measure(trainingWorkloads.map(measurement) + networkTrainings)
  }

  private func measurement(_ workload: TrainingWorkload) -> Measurement {
    Measurement(name: workload.name) { repeats in
      let run = try workload.makeRun()
      return try [
        Row(workload.name, repeats: repeats) {
          let elapsed = try seconds {
            for _ in 0..<Self.iterations { _ = try run.trainStep {} }
          }
          return elapsed / Double(Self.iterations)
        }
      ]
    }
  }
}
