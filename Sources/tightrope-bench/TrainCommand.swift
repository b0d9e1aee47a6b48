import ArgumentParser
import Densities
import Samplers
import Storage

/// Times whole training iterations.
struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Seconds per training iteration (100 steps, batch 300).")

  /// Iterations of one measurement.
  private static let iterations = 40

  @OptionGroup var options: MeasureOptions

  func run() throws {
    try options.measure([
      measurement("25gmm-tb", ["network": ["langevin": "off"]]),
      measurement("25gmm-tb-langevin", ["network": ["langevin": "on"]]),
    ])
  }

  private func measurement(_ name: String, _ overrides: JSONValue) -> Measurement {
    Measurement(name: name) { repeats in
      let run = try Run(NamedDensity("25gmm"), overrides: overrides)
      return try [
        Row(name, repeats: repeats) {
          let elapsed = try seconds {
            for _ in 0..<Self.iterations { _ = try run.trainStep {} }
          }
          return elapsed / Double(Self.iterations)
        }
      ]
    }
  }
}
