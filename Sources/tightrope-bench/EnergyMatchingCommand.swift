import ArgumentParser
import Densities
import Experiments
import Samplers
import Storage

/// Times iterated denoising energy matching as published.
struct EnergyMatchingCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "idem",
    abstract: "Seconds per inner step of iDEM with the published settings, and per generation.",
    discussion: """
      A step draws a batch from the buffer, estimates the scores from K noised points each, and updates \
      the network. A generation is timed for 10 of its 1000 steps.
      """)

  @OptionGroup var options: MeasureOptions

  func run() throws {
    try options.measure(["gmm40", "dw4", "lj13", "lj55"].map(measurement))
  }

  private func measurement(_ name: String) -> Measurement {
    Measurement(name: name) { repeats in
      let run = try makeRun(name)
      let step = try Row(name + " inner step", repeats: repeats) {
        try seconds { _ = try run.trainStep {} }
      }
      var sampling = SamplingConfig()
      sampling.steps = 10
      let count = run.config.energyMatching.generateCount
      let generation = try Row("\(name) generation, 1%", repeats: min(3, repeats)) {
        try seconds { _ = try run.sample(count, seed: 1, sampling) }
      }
      return [step, generation]
    }
  }

  /// A run whose only generation is the first.
  private func makeRun(_ name: String) throws -> Run {
    guard let problem = energyProblems.first(where: { $0.name == name }) else {
      throw ValidationError("there is no problem '\(name)'")
    }
    var config = problem.settings(.paper).run
    config.energyMatching.generateEvery = 1_000_000
    config.energyMatching.initialEstimates = false
    return try Run(NamedDensity(problem.density), config: config)
  }
}
