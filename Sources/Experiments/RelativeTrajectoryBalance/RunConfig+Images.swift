import Samplers

extension RunConfig {
  /// What priors of images have in common: denoising with a cosine schedule, and an average of parameters.
  static var imagePrior: RunConfig {
    var config = RunConfig.withoutClipping
    config.method = .denoising
    config.batchSize = 128
    config.denoising.schedule = .cosine
    config.denoising.averageDecay = 0.999
    config.optimizer.learningRate = 1e-3
    config.optimizer.schedule = "cosine"
    config.checkpointEvery = 2000
    return config
  }

  /// What posteriors under them have in common: log-variance on changes of rank 16, half of the steps with gradient.
  static var imagePosterior: RunConfig {
    var config = RunConfig.withoutClipping
    config.objective = "log-variance"
    config.batchSize = 128
    (config.prior.initialize, config.prior.stepFraction) = (.lora, 0.5)
    (config.prior.loraRank, config.prior.loraAlpha) = (16, 16)
    config.optimizer.learningRate = 1e-3
    config.optimizer.schedule = "cosine"
    (config.optimizer.warmUpSteps, config.optimizer.decayFraction) = (10, 0.9)
    config.checkpointEvery = 200
    return config
  }
}
