import Densities
import Samplers
import Storage
import Tasks

/// Which texts a study is about, as its user may set them.
struct TextStudyConfig: Codable, Sendable, Equatable {
  /// A grammar's name, a file of rules whose name ends with `.grammar`, or a text file.
  var data = "brackets"
  /// Tokens of a text.
  var length = 7
  /// The most tokens of a file's vocabulary.
  var symbols = 500
  /// How a file becomes rows.
  var rows = TextRows.lines
  /// What is given of the beginning; may be empty.
  var prefix = ""
  /// The ending.
  var ending = "b b"
  /// Kinds of noise on tokens.
  var kinds = ["masked", "ordered", "uniform"]
}

/// The numbers of the studies of texts, by preset.
struct TextStudySettings {
  /// The prior's run.
  var prior = RunConfig.withoutClipping
  /// Steps of a path where noise is the mask: the network is asked in few of them, and two places that are revealed
  /// in one do not know of each other.
  var maskedSteps = 128
  /// What posteriors have in common.
  var posterior = RunConfig.withoutClipping
  /// Steps of training a posterior under uniform noise, and paths of each: the network is asked in each step of a
  /// path, and places that change in one do not know of each other, so that paths have many.
  var uniformSteps = 3000
  var uniformBatch = 64
  /// How the language model is trained.
  var language = LanguageModelConfig()
  /// Texts that are judged, and draws of the prior that are weighted.
  var count = 4000
  var weightedCount = 40_000
  /// Draws of the prior, kept by weight, from which a posterior goes back, or none.
  ///
  /// A file's posterior has many texts, of which one that sees its own alone finds few.
  var weightedEnds: Int
  /// Penalties that policy gradients are tried with.
  var penalties = [0.1, 1]

  init(_ preset: Preset, isFile: Bool) {
    weightedEnds = isFile ? 4000 : 0
    prior.method = .denoising
    (prior.steps, prior.batchSize) = (isFile ? 6000 : 20_000, 128)
    (prior.denoising.steps, prior.denoising.network.layers) = (isFile ? 16 : 64, 2)
    prior.denoising.network.width = isFile ? 64 : 32
    prior.optimizer.learningRate = isFile ? 2e-3 : 4e-3
    prior.optimizer.schedule = "cosine"
    prior.checkpointEvery = 1000
    (posterior.steps, posterior.batchSize) = (isFile ? 800 : 2000, isFile ? 64 : 128)
    posterior.objective = "log-variance"
    posterior.optimizer.learningRate = isFile ? 3e-4 : 3e-3
    posterior.optimizer.schedule = "cosine"
    posterior.optimizer.clipNorm = 10
    posterior.checkpointEvery = 200
    if isFile {
      posterior.prior.inverseTemperatureStart = 0.1
      posterior.prior.inverseTemperatureSteps = 500
    }
    if isFile {
      (language.width, language.layers, language.steps, uniformSteps) = (64, 2, 3000, 1000)
    }
    if isFile { count = 1000 }
    switch preset {
    case .smoke: becomeSmoke()
    case .laptop: break
    case .paper:
      (prior.steps, posterior.steps, uniformSteps, language.steps) = (100_000, 5000, 5000, 20_000)
      (prior.denoising.network.width, language.width) = (256, 256)
      uniformBatch = posterior.batchSize
    }
  }

  private mutating func becomeSmoke() {
    (prior.steps, posterior.steps, uniformSteps, language.steps) = (20, 3, 3, 10)
    (prior.denoising.steps, maskedSteps, prior.denoising.network.width) = (6, 6, 16)
    (prior.batchSize, posterior.batchSize, uniformBatch) = (32, 16, 16)
    (count, weightedCount, penalties) = (50, 100, [0.1])
    weightedEnds = min(weightedEnds, 50)
  }
}
