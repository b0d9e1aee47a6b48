import Samplers
import Tasks

/// The numbers of the studies of small problems, by preset.
struct DecisionsSettings {
  /// The prior's run.
  var prior = RunConfig.withoutClipping
  /// Critics.
  var critic = CriticConfig()
  /// Transitions.
  var rows = 4000
  /// Steps of a posterior, and paths of a step.
  var steps = 600
  var batchSize = 256
  /// Paths of a state that are compared.
  var repeats = 16
  /// Actions that are judged in each state.
  var count = 4000
  /// ζ that guidance is tried with.
  var scales = [0.003, 0.01, 0.03, 0.1, 0.3]

  init(_ preset: Preset) {
    prior.method = .denoising
    (prior.steps, prior.batchSize) = (4000, 256)
    prior.denoising.steps = 25
    prior.denoising.schedule = .cosine
    prior.denoising.prediction = .velocity
    prior.denoising.network.width = 64
    prior.denoising.network.layers = 2
    prior.optimizer.learningRate = 2e-3
    prior.optimizer.schedule = "cosine"
    (critic.width, critic.steps, critic.learningRate) = (64, 5000, 1e-3)
    (critic.discount, critic.targetRate) = (0.9, 0.02)
    switch preset {
    case .smoke: becomeSmoke()
    case .laptop: break
    case .paper:
      (prior.steps, steps, rows) = (20_000, 5000, 100_000)
      (critic.steps, critic.width, prior.denoising.steps) = (50_000, 256, 75)
    }
  }

  private mutating func becomeSmoke() {
    (prior.steps, steps, rows, count) = (20, 3, 100, 50)
    (prior.denoising.steps, prior.denoising.network.width) = (6, 16)
    (batchSize, repeats, scales) = (32, 8, [0.1])
    (critic.width, critic.steps) = (8, 20)
  }

  /// A posterior's run.
  func posterior(of trained: StudyRun, by way: Way) -> RunConfig {
    var config = RunConfig.withoutClipping
    config.prior.run = trained.run.config.out
    (config.steps, config.batchSize, config.conditionRepeats) = (steps, batchSize, repeats)
    config.optimizer.learningRate = 1e-3
    config.optimizer.schedule = "cosine"
    config.objective = way == .data ? "trajectory-balance" : "log-variance"
    switch way {
    case .own: break
    case .prior: config.offPolicy.source = .prior
    case .data: config.offPolicy.source = .samples
    }
    return config
  }
}
