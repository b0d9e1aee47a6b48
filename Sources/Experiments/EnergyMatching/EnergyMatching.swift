import Catalogs
import Samplers
import Storage

private let akhoundSadegh = Reference(
  "Akhound-Sadegh, Rector-Brooks, Bose, et al.", 2024,
  "Iterated denoising energy matching for sampling from Boltzmann densities",
  "arXiv:2402.06121, table 2")

/// The rows of iDEM.
let energyMatchingExperiments: [Experiment] = [
  EnergyExperiment(
    name: "gmm40", density: "gmm-40", label: "Forty Gaussians", wasserstein2: 7.42,
    deviation: 3.44
  ) { config in
    config.energyMatching.scale = 50
    (config.energyMatching.noise.smallest, config.energyMatching.noise.largest) = (1e-5, 1)
    (config.energyMatching.scoreBound, config.energyMatching.boundGroup) = (70, .point)
    (config.energyMatching.lossFloor, config.energyMatching.initialEstimates) = (1e-3, true)
    config.optimizer.learningRate = 5e-4
  } laptop: { settings in
    settings.run.steps = 6000
    settings.run.energyMatching.samples = 1000
    settings.run.energyMatching.richardson = true
    settings.run.energyMatching.modeDeviation = 0.026
    settings.run.energyMatching.initialEstimates = false
    settings.run.energyMatching.noise.smallest = 2e-3
    settings.run.energyMatching.network.priorDeviation = 0.45
    settings.run.energyMatching.network.outputDeviation = 0.026
    settings.run.energyMatching.lossFloor = 0.026 * 0.026
    settings.run.energyMatching.averageDecay = 0.999
    settings.run.energyMatching.generateSteps = 200
    settings.run.optimizer.learningRate = 2e-3
    settings.evaluation.steps = 1000
    settings.evaluation.transportSamples = 1000
  },
  EnergyExperiment(
    name: "dw4", density: "dw4", label: "Four particles with double wells", wasserstein2: nil,
    deviation: nil
  ) { config in
    config.energyMatching.samples = 1000
    (config.energyMatching.noise.smallest, config.energyMatching.noise.largest) = (1e-5, 3)
  } laptop: { settings in
    settings.run.steps = 6000
    settings.run.energyMatching.noise.smallest = 0.02
    settings.run.batchSize = 256
    settings.run.energyMatching.samples = 500
    settings.run.energyMatching.modeDeviation = 0.3
    settings.run.energyMatching.network = particleNetwork(width: 64, deviation: 2)
    settings.run.energyMatching.lossFloor = 0.09
    settings.run.energyMatching.averageDecay = 0.999
    settings.run.energyMatching.generateSteps = 100
    settings.run.energyMatching.refinement = 200
    settings.run.optimizer.learningRate = 2e-3
    settings.evaluation.steps = 400
  },
  EnergyExperiment(
    name: "lj13", density: "lj13", label: "Thirteen Lennard-Jones particles", wasserstein2: 4.26,
    deviation: 0.03
  ) { config in
    config.energyMatching.samples = 1000
    (config.energyMatching.noise.smallest, config.energyMatching.noise.largest) = (0.01, 2)
    config.energyMatching.noiseFactor = 0.9
    config.energyMatching.network.layers = 5
  } laptop: { settings in
    settings.run.steps = 3000
    settings.run.batchSize = 128
    settings.run.energyMatching.samples = 256
    settings.run.energyMatching.modeDeviation = 1
    (settings.run.energyMatching.descentSteps, settings.run.energyMatching.descentStep) = (
      200, 1e-3
    )
    settings.run.energyMatching.noiseFactor = 1
    settings.run.energyMatching.network = particleNetwork(width: 32, deviation: 0.6)
    settings.run.energyMatching.network.outputDeviation = 0.1
    settings.run.energyMatching.lossFloor = 0.01
    settings.run.energyMatching.averageDecay = 0.99
    settings.run.energyMatching.generateSteps = 100
    settings.run.energyMatching.generateCount = 256
    settings.run.energyMatching.refinement = 1000
    settings.run.optimizer.learningRate = 2e-3
    settings.evaluation.steps = 500
  },
  EnergyExperiment(
    name: "lj55", density: "lj55", label: "Fifty-five Lennard-Jones particles",
    wasserstein2: 16.128, deviation: 0.071
  ) { config in
    config.energyMatching.samples = 100
    (config.energyMatching.noise.smallest, config.energyMatching.noise.largest) = (0.5, 4)
    config.energyMatching.noiseFactor = 0.5
    config.energyMatching.descentSteps = 10
    config.batchSize = 128
    config.energyMatching.generateCount = 128
    config.energyMatching.network.layers = 5
    config.steps = 200_000
  } laptop: { settings in
    settings.run.steps = 200
    settings.run.batchSize = 32
    settings.run.energyMatching.modeDeviation = 1
    (settings.run.energyMatching.descentSteps, settings.run.energyMatching.descentStep) = (
      500, 1e-3
    )
    settings.run.energyMatching.network = particleNetwork(width: 16, deviation: 1)
    settings.run.energyMatching.lossFloor = 0.09
    settings.run.energyMatching.averageDecay = 0.99
    settings.run.energyMatching.generateSteps = 50
    settings.run.energyMatching.generateCount = 64
    settings.run.energyMatching.initialCount = 128
    settings.run.energyMatching.refinement = 1000
    settings.run.optimizer.learningRate = 1e-3
  },
].map(\.experiment)

/// A small graph network with the score of a Gaussian given.
private func particleNetwork(width: Int, deviation: Double) -> ScoreNetworkConfig {
  var network = ScoreNetworkConfig()
  (network.width, network.priorDeviation, network.outputDeviation) = (width, deviation, 0.3)
  return network
}

/// A density of the table, with what its presets set.
private struct EnergyExperiment {
  let name, density, label: String
  /// The published W2, where it could be checked, and its standard deviation over seeds.
  let wasserstein2: Double?
  let deviation: Double?
  /// What the published run has, beside what all have.
  let published: @Sendable (inout RunConfig) -> Void
  /// What the preset laptop changes of that.
  let laptop: @Sendable (inout PresetSettings) -> Void

  var experiment: Experiment {
    Experiment(
      name: "idem/" + name, summary: label + " by iterated denoising energy matching.",
      references: [akhoundSadegh], density: density,
      published: [
        PublishedRow(
          method: "iDEM", table: "Akhound-Sadegh et al. 2024, table 2",
          figures: wasserstein2.map {
            [PublishedFigure(name: .wasserstein2, value: $0, standardDeviation: deviation)]
          } ?? [])
      ], isOurs: false,
      deviations: [
        "The noise of a step is what noising adds between its times; the published step takes "
          + "g² dt.",
        "Draws carry importance weights of their paths; the published ESS rests on a flow fitted to "
          + "them.",
      ], settings: settings)
  }

  private var settings: @Sendable (Preset) -> PresetSettings {
    let (published, laptop) = (published, laptop)
    return { preset in
      var settings = PresetSettings()
      settings.run.method = .idem
      settings.run.steps = 100_000
      settings.run.batchSize = 512
      settings.run.optimizer.learningRate = 1e-3
      settings.run.optimizer.schedule = "constant"
      settings.run.optimizer.clipNorm = 0.5
      settings.run.energyMatching.network.timeScale = 1
      published(&settings.run)
      settings.evaluation.samples = 2000
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
}

extension PresetSettings {
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
    evaluation.samples = 50
    evaluation.transportSamples = 50
    evaluation.floorRepeats = 2
  }
}
