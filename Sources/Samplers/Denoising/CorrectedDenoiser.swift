import Networks
import Tensors

/// A network that knows the steps of its chain.
protocol ChainNetwork: DenoisingNetwork {
  /// The same along a chain of other settings.
  func following(_ config: DenoisingConfig) -> Self
}

/// A denoising network that stays as it is, and one that adds to what it says and learns.
///
///     F(y, t, c) = F₀(y, t, c) + k(t) F₁(y, t, c) + w(t) ∇ log r(x̂₀)
///
/// k is that of `ChangeScale`. F₁ may have other sizes; it begins as zero where its last layer does. The last term is there where the
/// constraint's score is asked.
struct CorrectedDenoiser: ScoredNetwork {
  /// F₀.
  let base: any DenoisingNetwork
  /// F₁.
  let change: any DenoisingNetwork
  /// k.
  let scale: ChangeScale
  /// w ∇ log r.
  let score: ScoreTerm?

  var tapeRows: Int { min(base.tapeRows, change.tapeRows) }
  var usesScore: Bool { score != nil }

  func following(_ config: DenoisingConfig) -> CorrectedDenoiser {
    CorrectedDenoiser(
      base: base.along(config), change: change.along(config), scale: ChangeScale(config),
      score: score)
  }

  func callAsFunction(
    _ x: Tensor, at times: Tensor, conditions: Tensor?, scores: StepScores?, _ context: Context
  ) -> DenoisingOutput {
    let own = base(x, at: times, conditions: conditions, context)
    let added = change(x, at: times, conditions: conditions, context)
    let tape = context.tape
    var value = tape.add(own.value, scale(added.value, at: times, tape))
    if let score {
      value = tape.add(value, score(x, at: times, said: own.value, scores: scores, context))
    }
    let variance = own.variance.map { known in
      added.variance.map { tape.add(known, $0) } ?? known
    }
    return DenoisingOutput(value: value, variance: variance)
  }

  func adapted(
    _ name: String, rank: Int, alpha: Double, in set: ParameterSet
  ) -> CorrectedDenoiser {
    CorrectedDenoiser(
      base: base, change: change.adapted(name, rank: rank, alpha: alpha, in: set), scale: scale,
      score: score)
  }
}

extension DenoisingNetwork {
  /// The network along a chain of other settings: itself, unless it knows the steps.
  func along(_ config: DenoisingConfig) -> any DenoisingNetwork {
    (self as? any ChainNetwork)?.following(config) ?? self
  }
}
