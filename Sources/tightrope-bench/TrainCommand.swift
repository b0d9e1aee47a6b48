import ArgumentParser
import Densities
import Samplers
import Storage

/// Times whole training iterations.
struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Seconds per training iteration.")

  /// Iterations of one measurement.
  private static let iterations = 40

  @OptionGroup var options: MeasureOptions

  func run() throws {
    let rows = try [
      row("25gmm-tb", ["network": ["langevin": "off"]]),
      row("25gmm-tb-langevin", ["network": ["langevin": "on"]]),
    ]
    let networks = try GraphNetworkTraining().rows(repeats: options.repeats)
    report(rows + networks, asJSON: options.json)
  }

  private func row(_ name: String, _ overrides: JSONValue) throws -> Row {
    let run = try Run(NamedDensity("25gmm"), overrides: overrides)
    return try Row(name, repeats: options.repeats) {
      let elapsed = try seconds {
        for _ in 0..<Self.iterations { _ = try run.trainStep {} }
      }
      return elapsed / Double(Self.iterations)
    }
  }
}
