import Samplers
import Storage

/// The densities of iDEM's table, with their numbers.
public let energyProblems: [EnergyProblem] = [
  EnergyProblem(
    name: "gmm40", density: "gmm-40", label: "Forty Gaussians",
    published: [
      idem([.wasserstein2: 7.42, .share: 0.734]),
      again([.wasserstein2: 7.698]),
      PublishedEnergyRow(label: "MCMC, run by others", values: [.wasserstein2: 4.219]),
    ]
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
    settings.steps = 1000
    settings.count = 1000
  },
  EnergyProblem(
    name: "dw4", density: "dw4", label: "Four particles with double wells",
    published: [
      again([.wasserstein2: 2.054]),
      adjoint([.aligned: 0.70, .energy: 0.55]),
      PublishedEnergyRow(label: "Flow sampling", values: [.aligned: 0.36, .energy: 0.11]),
    ]
  ) { config in
    config.energyMatching.samples = 1000
    (config.energyMatching.noise.smallest, config.energyMatching.noise.largest) = (1e-5, 3)
  } laptop: { settings in
    settings.run.steps = 20_000
    settings.run.energyMatching.noise.smallest = 0.03
    settings.run.batchSize = 256
    settings.run.energyMatching.samples = 200
    settings.run.energyMatching.modeDeviation = 0.3
    settings.run.energyMatching.includeOrigin = true
    settings.run.energyMatching.stepNoise = .posterior
    settings.run.energyMatching.network = particleNetwork(width: 64, deviation: 2)
    settings.run.energyMatching.network.scoreDeviation = 0.15
    settings.run.energyMatching.lossFloor = 0.09
    settings.run.energyMatching.averageDecay = 0.999
    settings.run.energyMatching.generateSteps = 100
    settings.run.energyMatching.generateCount = 500
    settings.run.energyMatching.refinement = 200
    settings.run.optimizer.learningRate = 2e-3
    settings.steps = 200
    settings.likelihood = quickLikelihood
  },
  EnergyProblem(
    name: "lj13", density: "lj13", label: "Thirteen Lennard-Jones particles",
    published: [
      idem([.wasserstein2: 4.26, .likelihood: 17.68, .share: 0.231]),
      again([.wasserstein2: 4.266]),
      adjoint([.aligned: 1.61, .energy: 30.78]),
      PublishedEnergyRow(label: "SGDS", values: [.aligned: 1.56, .energy: 0.89]),
    ]
  ) { config in
    config.energyMatching.samples = 1000
    (config.energyMatching.noise.smallest, config.energyMatching.noise.largest) = (0.01, 2)
    config.energyMatching.noiseFactor = 0.9
    config.energyMatching.network.layers = 5
  } laptop: { settings in
    setCluster(&settings, deviation: 0.6)
    settings.run.steps = 20_000
    settings.run.batchSize = 128
    settings.run.energyMatching.samples = 32
    settings.run.energyMatching.descentSteps = 200
    settings.run.energyMatching.generateCount = 128
    (settings.draws, settings.alignedCount) = (2000, 400)
    settings.likelihood = quickLikelihood
  },
  EnergyProblem(
    name: "lj55", density: "lj55", label: "Fifty-five Lennard-Jones particles",
    published: [
      idem([.wasserstein2: 16.128, .likelihood: 125.86, .share: 0.106]),
      again([.wasserstein2: 16.143]),
      adjoint([.aligned: 4.69, .energy: 93.53]),
      PublishedEnergyRow(label: "Flow sampling", values: [.energy: 21.32]),
    ]
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
    setCluster(&settings, deviation: 1)
    settings.run.steps = 30_000
    settings.run.batchSize = 32
    settings.run.energyMatching.samples = 16
    settings.run.energyMatching.noise.smallest = 0.01
    settings.run.energyMatching.descentSteps = 500
    settings.run.energyMatching.generateCount = 64
    settings.run.energyMatching.initialCount = 128
    (settings.draws, settings.count, settings.alignedCount) = (1000, 1000, 100)
    settings.moves = 1000
    settings.reference = [
      "method": "hmc", "leapfrog_steps": 16, "thin": 100, "warm_up": 4000,
    ]
    settings.likelihood = nil
  },
]

/// A small flow, fitted for a few steps, whose divergence is estimated.
private let quickLikelihood: JSONValue = [
  "divergence": "hutchinson", "tolerance": 1e-3,
  "matching": [
    "pairing": "transport", "batch_size": 128, "steps": 1000, "network": ["width": 32],
  ],
]

/// What clusters of Lennard-Jones particles have in common in the preset `laptop`.
private func setCluster(_ settings: inout EnergySettings, deviation: Double) {
  settings.run.energyMatching.scoreBound = 150
  settings.run.energyMatching.modeDeviation = 0.07
  settings.run.energyMatching.includeOrigin = true
  settings.run.energyMatching.stepNoise = .posterior
  settings.run.energyMatching.descentStep = 1e-3
  settings.run.energyMatching.noiseFactor = 1
  settings.run.energyMatching.network = particleNetwork(width: 32, deviation: deviation)
  settings.run.energyMatching.network.outputDeviation = 0.07
  settings.run.energyMatching.network.scoreDeviation = 0.04
  settings.run.energyMatching.lossFloor = 0.005
  settings.run.energyMatching.averageDecay = 0.998
  settings.run.energyMatching.generateEvery = 200
  settings.run.energyMatching.generateSteps = 100
  settings.run.energyMatching.refinement = 500
  settings.run.optimizer.learningRate = 2e-3
  settings.steps = 200
}

/// A small graph network with the score of a Gaussian given.
private func particleNetwork(width: Int, deviation: Double) -> ScoreNetworkConfig {
  var network = ScoreNetworkConfig()
  (network.width, network.priorDeviation, network.outputDeviation) = (width, deviation, 0.3)
  return network
}

/// iDEM's own table.
private func idem(_ values: [EnergyColumn: Double]) -> PublishedEnergyRow {
  PublishedEnergyRow(label: "iDEM (Akhound-Sadegh et al. 2024, table 2)", values: values)
}

/// iDEM as others ran it again, in a comparison at equal energy calls (ICLR 2025 blog posts).
private func again(_ values: [EnergyColumn: Double]) -> PublishedEnergyRow {
  PublishedEnergyRow(label: "iDEM, run again by others", values: values)
}

/// iDEM in the table of adjoint Schrödinger bridge samplers (arXiv:2506.22565).
private func adjoint(_ values: [EnergyColumn: Double]) -> PublishedEnergyRow {
  PublishedEnergyRow(label: "iDEM, run again for ASBS", values: values)
}
