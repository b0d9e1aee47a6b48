import Networks
import Tensors

/// What the conditions of a batch add to the drift of a prior.
final class PriorConditions {
  private let network: ConditionNetwork
  private let binding: ParameterBinding
  private let groups: ConditionGroups
  private let rows: ConditionRows
  private let tape = Tape()

  /// Nil for a prior without conditions.
  init?(_ prior: PathPrior, _ groups: ConditionGroups) {
    guard let network = prior.conditions else { return nil }
    (self.network, self.groups) = (network, groups)
    binding = ParameterBinding(prior.parameters, gradients: nil)
    rows = ConditionRows(groups, width: network.width)
    tape.isRecording = false
  }

  /// Encodes the conditions of all groups.
  /// - Parameter features: What describes each, [groups, inputs].
  func encode(_ features: UnsafePointer<Float>) {
    tape.reset()
    let x = tape.constant(
      at: UnsafeRawPointer(features), Shape(groups.groups, network.inputs))
    rows.spread(network.offsets(x, Context(tape: tape, parameters: binding)))
  }

  /// What is added to the rows from one on, [rows, width].
  func offsets(from row: Int) -> UnsafeRawPointer { rows.offsets(from: row).values }
}
