import Diffusions
import Kernels
import Networks
@testable import Samplers
import Tensors

/// What the best network says of a Gaussian N(m, v) in each coordinate, in units of the chain's scale.
struct ExactDenoiser: DenoisingNetwork {
  let means, variances: [Double]
  let config: DenoisingConfig
  let levels: NoiseLevels

  init(means: [Double], deviations: [Double], _ config: DenoisingConfig) {
    self.means = means.map { $0 / config.scale }
    variances = deviations.map { $0 * $0 / (config.scale * config.scale) }
    self.config = config
    levels = NoiseLevels(config.schedule, count: config.levels)
  }

  var tapeRows: Int { 50 }

  func callAsFunction(
    _ x: Tensor, at times: Tensor, conditions: Tensor?, _ context: Context
  ) -> DenoisingOutput {
    let output = context.tape.allocate(x.shape)
    let d = means.count
    for row in 0..<x.shape[0] {
      let (a, s) = law(times[row])
      for j in 0..<d {
        let y = x[row * d + j]
        let gain = a * variances[j] / (a * a * variances[j] + s * s)
        let data = means[j] + gain * (y - a * means[j])
        let epsilon = (y - a * data) / s
        let value =
          switch config.prediction {
          case .epsilon: epsilon
          case .data: data
          case .velocity: a * epsilon - s * data
          }
        context.tape.write(value, at: row * d + j, of: output)
      }
    }
    return DenoisingOutput(value: output)
  }

  /// a and s at a time, between whole levels as `NoiseLevels.level` has it.
  private func law(_ time: Double) -> (Double, Double) {
    let level = time * Double(config.levels) / 1000
    let low = min(levels.count - 2, Int(level))
    let part = level - Double(low)
    let ratio = levels.deviation(at: low + 1) / levels.deviation(at: low)
    let deviation = levels.deviation(at: low) * scalarExp(part * scalarLog(ratio))
    let a = 1 / (1 + deviation * deviation).squareRoot()
    return (a, a * deviation)
  }

  func adapted(
    _ name: String, rank: Int, alpha: Double, in set: ParameterSet
  ) -> ExactDenoiser { self }
}
