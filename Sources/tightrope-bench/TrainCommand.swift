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

  @Option(help: "Measure only these: samplers, networks, transformer or unet.")
  var only: Part?

  /// What can be measured by itself.
  enum Part: String, ExpressibleByArgument, CaseIterable {
    case samplers, networks, transformer, unet
  }

  func run() throws {
    let parts = only.map { [$0] } ?? Part.allCases
    report(try parts.flatMap(measured), asJSON: options.json)
  }

  private func measured(_ part: Part) throws -> [Row] {
    switch part {
    case .samplers:
      [
        try row("25gmm-tb", ["network": ["langevin": "off"]]),
        try row("25gmm-tb-langevin", ["network": ["langevin": "on"]]),
      ]
    case .networks: try GraphNetworkTraining().rows(repeats: options.repeats)
    case .transformer: [try transformer()]
    case .unet: [try unet()]
    }
  }

  private func transformer() throws -> Row {
    let step = try TransformerStep(blockRows: 1)
    return try Row("transformer", repeats: options.repeats, operations: TransformerStep.operations)
    {
      try seconds { try step.run() }
    }
  }

  private func unet() throws -> Row {
    let step = try UNetStep(blockRows: 8, tapeRows: 1)
    return try Row("unet", repeats: options.repeats, operations: step.operations) {
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
