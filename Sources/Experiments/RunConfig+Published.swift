import Samplers

extension RunConfig {
  /// The defaults with gradients as long as they are, as in the published trainings.
  static var withoutClipping: RunConfig {
    var config = RunConfig()
    config.optimizer.clipNorm = 0
    return config
  }
}
