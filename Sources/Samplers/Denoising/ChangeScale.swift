import Diffusions
import Tensors

/// What a change of what a network says counts, by the noise level: s where it says data, 1 where it says noise or
/// velocities.
///
/// A step moves by what x̂ changes; its deviation shrinks with s, so the same change of data would be many deviations
/// where there is little noise. Times s, it moves a step as the same change of a velocity does.
struct ChangeScale {
  private let config: DenoisingConfig
  /// s of each noise level, [L].
  private let noise: [Double]

  init(_ config: DenoisingConfig) {
    self.config = config
    noise = NoiseLevels(config.schedule, count: config.levels).noise
  }

  /// - Parameter change: [rows, D].
  func callAsFunction(_ change: Tensor, at times: Tensor, _ tape: Tape) -> Tensor {
    guard config.prediction == .data else { return change }
    let scales = (0..<change.shape[0]).map { noise[config.level(at: times[$0])] }
    return tape.scaleRows(change, by: tape.constant(scales, Shape(scales.count, 1)))
  }
}
