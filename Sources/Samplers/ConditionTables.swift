import Densities
import KernelTables
import Kernels
import Networks
import Tensors

/// What the conditions of a batch add to its paths: computed once for each condition, and run backwards
/// once.
///
/// Adjacent rows of a group share a condition.
final class ConditionTables {
  /// The condition of each row, [B].
  let indices: UnsafeMutablePointer<Int32>
  /// log Z of each row's condition, [B]; zeros unless it is learned.
  private(set) var logZ: [Double]
  /// ∂ loss / ∂ `logZ`, [B], by the objective.
  var logZAdjoints: [Double]

  private let density: any ConditionalDensity
  private let network: ConditionNetwork
  private let groups: ConditionGroups
  private let learnsLogZ: Bool
  private let tape = Tape()
  private let features: UnsafeMutablePointer<Float>
  private let drift: ConditionRows
  private let flow: ConditionRows?
  private let prior: PriorConditions?
  private var logNormalizers: Tensor?
  private var logZSeeds: [Float]

  /// Tables for `count` rows, `groupSize` adjacent ones for each condition.
  init(
    _ network: ConditionNetwork, _ density: any ConditionalDensity, count: Int, groupSize: Int,
    learnsLogZ: Bool, hasFlow: Bool = false, prior: PathPrior? = nil
  ) {
    (self.network, self.density, self.learnsLogZ) = (network, density, learnsLogZ)
    let groups = ConditionGroups(count: count, size: groupSize)
    self.groups = groups
    indices = .allocate(capacity: max(1, count))
    features = .allocate(capacity: max(1, groups.groups * network.inputs))
    drift = ConditionRows(groups, width: network.width)
    flow = hasFlow ? ConditionRows(groups, width: network.width) : nil
    self.prior = prior.flatMap { PriorConditions($0, groups) }
    logZ = [Double](repeating: 0, count: count)
    logZAdjoints = logZ
    logZSeeds = [Float](repeating: 0, count: groups.groups)
  }

  deinit {
    indices.deallocate()
    features.deallocate()
  }

  /// Draws the condition of each group among those for training.
  func draw(_ stream: RandomStream) {
    let range = density.trainingConditions
    let law = IntegerBelow(range.count)
    for group in 0..<groups.groups {
      var words = stream.words(of: .integer, row: group)
      set(group, to: range.lowerBound + law.draw(&words))
    }
  }

  /// Sets the condition of a group.
  func set(_ group: Int, to condition: Int) {
    for row in groups[group] { indices[row] = Int32(condition) }
  }

  /// Takes over the conditions of given end points, [B], whose groups are these.
  func take(_ conditions: UnsafePointer<Int32>) {
    indices.update(from: conditions, count: groups.count)
  }

  /// Encodes the conditions; with gradients in `parameters`, `runBackward` may follow.
  func encode(_ parameters: ParameterBinding) {
    for group in 0..<groups.groups {
      let condition = Int(indices[groups[group].lowerBound])
      density.features(of: condition, into: features + group * network.inputs)
    }
    tape.reset()
    tape.isRecording = parameters.gradients != nil
    let context = Context(tape: tape, parameters: parameters)
    let x = tape.constant(
      at: UnsafeRawPointer(features), Shape(groups.groups, network.inputs))
    drift.spread(network.offsets(x, context))
    if let flow, let offsets = network.flowOffsets(x, context) { flow.spread(offsets) }
    prior?.encode(features)
    logNormalizers = learnsLogZ ? network.logNormalizers(x, context) : nil
    guard let logNormalizers else { return }
    let values = logNormalizers.data.assumingMemoryBound(to: Float.self)
    for group in 0..<groups.groups {
      for row in groups[group] { logZ[row] = Double(values[group]) }
    }
  }

  /// What a pass over the rows of a block reads and writes.
  func inputs(from row: Int) -> ConditionInputs {
    ConditionInputs(
      indices: UnsafePointer(indices + row), drift: drift.offsets(from: row),
      flow: flow?.offsets(from: row), prior: prior?.offsets(from: row))
  }

  /// Sends the gradients of all rows on to the parameters.
  func runBackward() {
    drift.addSeeds(to: tape)
    flow?.addSeeds(to: tape)
    if let logNormalizers {
      for group in logZSeeds.indices {
        logZSeeds[group] = groups[group].reduce(0) { $0 + Float(logZAdjoints[$1]) }
      }
      logZSeeds.withUnsafeBytes { seeds in
        if let base = seeds.baseAddress { tape.addSeed(base, to: logNormalizers) }
      }
    }
    tape.runBackward()
  }
}
