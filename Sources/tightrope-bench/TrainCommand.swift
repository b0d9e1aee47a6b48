import ArgumentParser
import Densities
import Samplers
import Storage

/// Times whole training iterations.
struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Seconds per training iteration.",
    discussion: """
      25gmm: a path sampler of 100 steps, batch 300. transformer: 6.3 million parameters, width 256,
      8 layers, 16 sequences of 128 places. unet: 3 levels of 64, 128 and 256 channels, 16 images of
      32 by 32 by 3.
      """)

  /// Iterations of one measurement.
  private static let iterations = 40

  @OptionGroup var options: MeasureOptions

  @Option(help: "Measure only the row of this name.")
  var only: String?

  func run() throws {
    let rows: [(name: String, measure: (String) throws -> Row)] = [
      ("25gmm-tb", { try row($0, ["network": ["langevin": "off"]]) }),
      ("25gmm-tb-langevin", { try row($0, ["network": ["langevin": "on"]]) }),
      ("transformer", transformer),
      ("unet", unet),
    ]
    let chosen = rows.filter { only == nil || only == $0.name }
    report(try chosen.map { try $0.measure($0.name) }, asJSON: options.json)
  }

  func validate() throws {
    let names = ["25gmm-tb", "25gmm-tb-langevin", "transformer", "unet"]
    guard only.map(names.contains) ?? true else {
      throw ValidationError("--only is one of \(names.joined(separator: ", "))")
    }
  }

  private func transformer(_ name: String) throws -> Row {
    let step = try TransformerStep(blockRows: 1)
    return try Row(name, repeats: options.repeats, operations: TransformerStep.operations) {
      try seconds { try step.run() }
    }
  }

  private func unet(_ name: String) throws -> Row {
    let step = try UNetStep(blockRows: 2)
    return try Row(name, repeats: options.repeats, operations: step.operations) {
      try seconds { try step.run() }
    }
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
