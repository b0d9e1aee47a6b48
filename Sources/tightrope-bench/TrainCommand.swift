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
      8 layers, 16 sequences of 128 places.
      """)

  /// Iterations of one measurement.
  private static let iterations = 40

  @OptionGroup var options: MeasureOptions

  @Option(help: "Measure only these: samplers, networks or transformer.")
  var only: Part?

  /// What can be measured by itself.
  enum Part: String, ExpressibleByArgument, CaseIterable {
    case samplers, networks, transformer
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
    }
  }

  private func transformer() throws -> Row {
    let step = try TransformerStep(blockRows: 2, tapeRows: 2)
    return try Row("transformer", repeats: options.repeats, operations: TransformerStep.operations)
    {
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
