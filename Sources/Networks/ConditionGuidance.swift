import Tensors

/// A denoising network of conditions that follows them more closely than the data do: guidance without a classifier.
///
///     F_w(y, t, c) = F(y, t, 0) + w (F(y, t, c) - F(y, t, 0))
///
/// Zeros stand for no condition: the network has learned them in the place of conditions that were dropped. Costs two
/// evaluations; of learned variances those with the condition count.
/// Reference: Ho and Salimans (2022), *Classifier-free diffusion guidance*, eq. 6, arXiv:2207.12598
package struct ConditionGuidance: DenoisingNetwork {
  private let network: any DenoisingNetwork
  private let weight: Double

  /// - Parameter weight: w; 1 for the network as it is.
  package init(_ network: any DenoisingNetwork, weight: Double) {
    (self.network, self.weight) = (network, weight)
  }

  package var tapeRows: Int { network.tapeRows }

  package func callAsFunction(
    _ x: Tensor, at times: Tensor, conditions: Tensor?, _ context: Context
  ) -> DenoisingOutput {
    let own = network(x, at: times, conditions: conditions, context)
    guard let conditions, weight != 1 else { return own }
    let tape = context.tape
    let without = network(
      x, at: times, conditions: tape.constant(0, conditions.shape), context)
    return DenoisingOutput(
      value: tape.add(
        tape.scale(own.value, by: weight), tape.scale(without.value, by: 1 - weight)),
      variance: own.variance)
  }

  package func adapted(
    _ name: String, rank: Int, alpha: Double, in set: ParameterSet
  ) -> ConditionGuidance {
    ConditionGuidance(
      network.adapted(name, rank: rank, alpha: alpha, in: set), weight: weight)
  }
}
