import Networks
import Tensors

/// A denoising network that says data, and one that began as it and learns, whose changes count less where there is
/// little noise.
///
///     F(y, t, c) = F₀(y, t, c) + s(t) (F₁(y, t, c) - F₀(y, t, c))
struct ScaledChange: ChainNetwork {
  /// F₀.
  let base: any DenoisingNetwork
  /// F₁.
  let changed: any DenoisingNetwork
  /// s.
  let scale: ChangeScale

  var tapeRows: Int { min(base.tapeRows, changed.tapeRows) }

  func following(_ config: DenoisingConfig) -> ScaledChange {
    ScaledChange(
      base: base.along(config), changed: changed.along(config), scale: ChangeScale(config))
  }

  func callAsFunction(
    _ x: Tensor, at times: Tensor, conditions: Tensor?, _ context: Context
  ) -> DenoisingOutput {
    let (before, after) = (
      base(x, at: times, conditions: conditions, context),
      changed(x, at: times, conditions: conditions, context)
    )
    let tape = context.tape
    let change = scale(tape.subtract(after.value, before.value), at: times, tape)
    return DenoisingOutput(value: tape.add(before.value, change), variance: after.variance)
  }

  func adapted(
    _ name: String, rank: Int, alpha: Double, in set: ParameterSet
  ) -> ScaledChange {
    ScaledChange(
      base: base, changed: changed.adapted(name, rank: rank, alpha: alpha, in: set), scale: scale)
  }
}
