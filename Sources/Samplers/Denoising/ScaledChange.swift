import Diffusions
import Networks
import Tensors

/// A denoising network that says data, and one that began as it and learns, whose changes count less where there is
/// little noise.
///
///     F(y, t, c) = F₀(y, t, c) + s(t) (F₁(y, t, c) - F₀(y, t, c))
///
/// A step moves by what x̂ changes; its deviation shrinks with s, so the same change would be many deviations there. As
/// a velocity a s-th of it is the same to a step: this changes data as if velocities were said.
struct ScaledChange: ChainNetwork {
  /// F₀.
  let base: any DenoisingNetwork
  /// F₁.
  let changed: any DenoisingNetwork
  private let config: DenoisingConfig
  /// s of each noise level, [L].
  private let noise: [Double]

  init(_ config: DenoisingConfig, of base: any DenoisingNetwork, to changed: any DenoisingNetwork) {
    (self.config, self.base, self.changed) = (config, base, changed)
    noise = NoiseLevels(config.schedule, count: config.levels).noise
  }

  var tapeRows: Int { min(base.tapeRows, changed.tapeRows) }

  func following(_ config: DenoisingConfig) -> ScaledChange {
    ScaledChange(config, of: base.along(config), to: changed.along(config))
  }

  func callAsFunction(
    _ x: Tensor, at times: Tensor, conditions: Tensor?, _ context: Context
  ) -> DenoisingOutput {
    let tape = context.tape
    let (before, after) = (
      base(x, at: times, conditions: conditions, context),
      changed(x, at: times, conditions: conditions, context)
    )
    let scales = tape.constant(
      (0..<x.shape[0]).map { noise[config.level(at: times[$0])] }, Shape(x.shape[0], 1))
    let change = tape.scaleRows(tape.subtract(after.value, before.value), by: scales)
    return DenoisingOutput(value: tape.add(before.value, change), variance: after.variance)
  }

  func adapted(
    _ name: String, rank: Int, alpha: Double, in set: ParameterSet
  ) -> ScaledChange {
    ScaledChange(
      config, of: base, to: changed.adapted(name, rank: rank, alpha: alpha, in: set))
  }
}
