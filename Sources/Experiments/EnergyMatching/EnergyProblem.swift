import Samplers
import Storage

/// A density that energy matching is judged on, and what was published of it.
public struct EnergyProblem: Sendable {
  /// The name after "idem/".
  public let name: String
  /// Of the density in the catalogue.
  public let density: String
  /// What readers call it.
  let label: String
  /// The rows of published tables.
  let published: [PublishedEnergyRow]
  /// What the published run has, beside what all have.
  let publishedRun: @Sendable (inout RunConfig) -> Void
  /// What the preset laptop changes of that.
  let laptop: @Sendable (inout EnergySettings) -> Void

  /// The numbers of a preset.
  public func settings(_ preset: Preset) -> EnergySettings {
    var settings = EnergySettings()
    settings.run.method = .idem
    settings.run.steps = 100_000
    settings.run.batchSize = 512
    settings.run.optimizer.learningRate = 1e-3
    settings.run.optimizer.schedule = "constant"
    settings.run.optimizer.clipNorm = 0.5
    settings.run.energyMatching.network.timeScale = 1
    publishedRun(&settings.run)
    switch preset {
    case .paper: break
    case .laptop:
      settings.run.energyMatching.network.timeScale = 100
      settings.run.optimizer.schedule = "linear"
      laptop(&settings)
    case .smoke: settings.becomeSmoke()
    }
    return settings
  }
}

/// A published row, and where it stands.
struct PublishedEnergyRow: Sendable {
  let label: String
  let values: [EnergyColumn: Double]
}

/// The numbers of a study of energy matching.
public struct EnergySettings: Sendable {
  /// What is trained.
  public var run = RunConfig()
  /// Draws that are judged by distances, and as many of the reference.
  var count = 2000
  /// Draws in all, whose weights are judged and that flows are fitted to.
  var draws = 10_000
  /// Draws for W2 after alignment, whose cost is the square of this times that of an alignment.
  var alignedCount = 1000
  /// Steps of the draws' paths; 0 for as many as in training.
  var steps = 0
  /// Steps of the chain that refines each draw, and its kernel.
  var moves = 300
  var kernel = "hmc"
  /// The kernel and the most evaluations of chains that are given as many as the sampler.
  var chains = "hmc"
  var mostCalls = 50_000_000
  /// How chains make reference draws, where the density has none.
  var reference: JSONValue = ["method": "hmc", "thin": 100, "warm_up": 3000]
  /// How a flow is fitted to draws; nil for not at all.
  var likelihood: JSONValue? = ["matching": ["pairing": "transport", "batch_size": 256]]

  /// A few steps, and one generation.
  fileprivate mutating func becomeSmoke() {
    run.steps = 12
    run.batchSize = 16
    run.reportEvery = 5
    run.energyMatching.samples = 16
    run.energyMatching.generateEvery = 10
    run.energyMatching.generateCount = 16
    run.energyMatching.generateSteps = 10
    run.energyMatching.initialCount = 16
    run.energyMatching.network.width = 16
    (count, draws, alignedCount, moves, mostCalls) = (60, 64, 10, 20, 20_000)
    reference = ["method": "hmc", "thin": 2, "warm_up": 100, "chains": 2]
    likelihood = [
      "samples": 20, "tolerance": 0.1, "divergence": "hutchinson",
      "matching": ["steps": 3, "batch_size": 16, "network": ["width": 8, "layers": 1]],
    ]
  }
}
