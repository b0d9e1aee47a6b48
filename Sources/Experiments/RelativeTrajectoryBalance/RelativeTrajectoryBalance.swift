import Catalogs
import Samplers
import Storage

private let venkatraman = Reference(
  "Venkatraman, Jain, Scimeca, et al.", 2024,
  "Amortizing intractable inference in diffusion models for vision, language, and control",
  "arXiv:2405.20971, section 3.1 and appendix F")

/// Posteriors under priors that are trained first.
let relativeTrajectoryBalanceExperiments: [Experiment] = PosteriorMethod.allCases.map { method in
  Experiment(
    name: "rtb/" + method.rawValue, summary: method.summary, references: [venkatraman],
    density: "ratio", published: [], isOurs: method != .balance, deviations: method.deviations,
    prior: PriorExperiment(density: "25gmm", settings: priorSettings),
    settings: { settings(of: method, $0) })
}

/// How the nine modes are found under a prior of twenty-five.
private enum PosteriorMethod: String, CaseIterable {
  case balance = "25gmm"
  case langevin = "25gmm-langevin"
  case classifierGuidance = "25gmm-guidance"
  case denoisedGuidance = "25gmm-dps"
  case reinforce = "25gmm-reinforce"

  var summary: String {
    let posterior = "Nine of twenty-five modes, from 4/61 to 15/61 of the mass, by "
    return switch self {
    case .balance: posterior + "relative trajectory balance from the prior's weights."
    case .langevin:
      posterior + "relative trajectory balance with a multiple of the constraint's score."
    case .classifierGuidance: posterior + "the prior, its drift plus the constraint's score."
    case .denoisedGuidance:
      posterior + "the prior, its drift plus the constraint's score at the end it expects."
    case .reinforce:
      posterior + "REINFORCE from the prior's weights, with a penalty on the log-ratio."
    }
  }

  var deviations: [String] {
    let shared = [
      "The paper shows this experiment in pictures only; what is compared with is the truth: log Z = 0 and "
        + "the modes' weights under an exact prior. prior-log-normalizer and prior-mode-weight-distance "
        + "compare with the prior as it was trained, whose own draws are weighted by the constraint."
    ]
    return switch self {
    case .balance, .langevin: shared
    case .classifierGuidance, .denoisedGuidance:
      shared + [
        "Nothing is trained: guidance_scale is the best of 0.25, 0.5, 1, 2, 4 and 8 by mode-weight-distance."
      ]
    case .reinforce:
      shared + [
        "In the preset paper the reward is r and kl_weight 0.01, as published; in laptop the reward is log r "
          + "and kl_weight 1, the best of 0.01, 0.1 and 1 by mode-weight-distance after 1500 iterations; so "
          + "is the rate of 1e-4, 3e-4, 1e-3 and 3e-3."
      ]
    }
  }
}

/// The prior: bridges from the mixture's own samples, by maximum likelihood, with fixed variances.
private func priorSettings(_ preset: Preset) -> PresetSettings {
  var settings = PresetSettings()
  settings.run = .withoutClipping
  settings.run.objective = "maximum-likelihood"
  settings.run.process.learnedVariance = preset == .laptop
  settings.run.network.langevin = .off
  settings.run.offPolicy.source = .samples
  settings.run.offPolicy.every = 1
  settings.run.exploration.standardDeviation = 0
  settings.run.batchSize = 500
  settings.run.steps = 10_000
  settings.run.optimizer.learningRate = 1e-3
  if preset == .paper { settings.run.optimizer.schedule = "constant" }
  if preset == .smoke { settings.becomeSmoke() }
  return settings
}

private func settings(of method: PosteriorMethod, _ preset: Preset) -> PresetSettings {
  var settings = PresetSettings()
  settings.density = nineOverTwentyFive
  settings.run.prior.run = PriorExperiment.placeholder
  settings.run.process.learnedVariance = preset == .laptop
  settings.run.batchSize = 500
  settings.run.steps = 5000
  settings.run.network.langevin = method == .langevin ? .on : .off
  settings.run.exploration.standardDeviation = 0.5
  settings.run.exploration.decayFraction = 0.9
  settings.run.optimizer.learningRate = 1e-3
  settings.run.optimizer.schedule = preset == .paper ? "constant" : "linear"
  settings.run.optimizer.clipNorm = 10
  switch method {
  case .balance, .langevin: break
  case .reinforce:
    settings.run.objective = "reinforce"
    settings.run.exploration.standardDeviation = 0
    guard preset != .paper else { break }
    settings.run.objectiveSettings.reward = .logDensity
    settings.run.objectiveSettings.klWeight = 1
  case .classifierGuidance:
    (settings.run.prior.guidance, settings.run.prior.guidanceScale) = (.score, 0.25)
  case .denoisedGuidance:
    (settings.run.prior.guidance, settings.run.prior.guidanceScale) = (.denoisedScore, 4)
  }
  if method == .classifierGuidance || method == .denoisedGuidance { settings.run.steps = 0 }
  if preset == .smoke { settings.becomeSmoke() }
  return settings
}

/// log r = log p_9 - log p_25.
private let nineOverTwentyFive: JSONValue = [
  "base": "gaussian-mixture", "denominator": "25gmm",
  "base_settings": [
    "means": [
      [-10, -5], [-5, -10], [-5, 0], [10, -5], [0, 0], [0, 5], [5, -5], [5, 0], [5, 10],
    ],
    "weights": [4, 10, 4, 5, 10, 5, 4, 15, 4], "standard_deviation": 0.5477225575051661,
  ],
]

extension PresetSettings {
  /// A few short paths.
  fileprivate mutating func becomeSmoke() {
    run.steps = min(run.steps, 30)
    run.batchSize = 60
    run.process.steps = 10
    run.reportEvery = 10
    evaluation.samples = 200
    evaluation.transportSamples = 100
    evaluation.floorRepeats = 2
  }
}
