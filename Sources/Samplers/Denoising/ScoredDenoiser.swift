import Networks
import Tensors

/// A denoising network that learns, and a multiple of a constraint's score.
///
///     F(y, t, c) = F₁(y, t, c) + w(t) ∇ log r(x̂₁)
struct ScoredDenoiser: ScoredNetwork {
  /// F₁.
  let base: any DenoisingNetwork
  /// w ∇ log r.
  let score: ScoreTerm

  var tapeRows: Int { base.tapeRows }
  var usesScore: Bool { true }

  func following(_ config: DenoisingConfig) -> ScoredDenoiser {
    ScoredDenoiser(base: base.along(config), score: score)
  }

  func callAsFunction(
    _ x: Tensor, at times: Tensor, conditions: Tensor?, scores: StepScores?, _ context: Context
  ) -> DenoisingOutput {
    let own = base(x, at: times, conditions: conditions, context)
    return DenoisingOutput(
      value: context.tape.add(
        own.value, score(x, at: times, said: own.value, scores: scores, context)),
      variance: own.variance)
  }

  func adapted(
    _ name: String, rank: Int, alpha: Double, in set: ParameterSet
  ) -> ScoredDenoiser {
    ScoredDenoiser(base: base.adapted(name, rank: rank, alpha: alpha, in: set), score: score)
  }
}
