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
  private let count: Int
  private let groupSize: Int
  private let learnsLogZ: Bool
  private let tape = Tape()
  private let features: UnsafeMutablePointer<Float>
  private let rows: UnsafeMutablePointer<Float>
  private let rowGradients: UnsafeMutablePointer<Float>
  private let seeds: UnsafeMutablePointer<Float>
  private var offsets: Tensor?
  private var logNormalizers: Tensor?

  /// Tables for `count` rows, `groupSize` adjacent ones for each condition.
  init(
    _ network: ConditionNetwork, _ density: any ConditionalDensity, count: Int, groupSize: Int,
    learnsLogZ: Bool
  ) {
    (self.network, self.density, self.count) = (network, density, count)
    (self.groupSize, self.learnsLogZ) = (groupSize, learnsLogZ)
    let groups = (count + groupSize - 1) / groupSize
    indices = .allocate(capacity: max(1, count))
    features = .allocate(capacity: max(1, groups * network.inputs))
    rows = .allocate(capacity: max(1, count * network.width))
    rowGradients = .allocate(capacity: max(1, count * network.width))
    seeds = .allocate(capacity: max(1, groups * max(1, network.width)))
    logZ = [Double](repeating: 0, count: count)
    logZAdjoints = logZ
  }

  deinit {
    indices.deallocate()
    features.deallocate()
    rows.deallocate()
    rowGradients.deallocate()
    seeds.deallocate()
  }

  /// Number of conditions of a batch.
  private var groups: Int { (count + groupSize - 1) / groupSize }

  /// Draws the condition of each group among those for training.
  func draw(_ stream: RandomStream) {
    let range = density.trainingConditions
    let law = IntegerBelow(range.count)
    for group in 0..<groups {
      var words = stream.words(of: .integer, row: group)
      set(group, to: range.lowerBound + law.draw(&words))
    }
  }

  /// Sets the condition of a group.
  func set(_ group: Int, to condition: Int) {
    for row in rows(of: group) { indices[row] = Int32(condition) }
  }

  private func rows(of group: Int) -> Range<Int> {
    group * groupSize..<min(count, (group + 1) * groupSize)
  }

  /// Encodes the conditions; with gradients in `parameters`, `runBackward` may follow.
  func encode(_ parameters: ParameterBinding) {
    for group in 0..<groups {
      let condition = Int(indices[group * groupSize])
      density.features(of: condition, into: features + group * network.inputs)
    }
    tape.reset()
    tape.isRecording = parameters.gradients != nil
    let context = Context(tape: tape, parameters: parameters)
    let x = tape.constant(UnsafeRawPointer(features), Shape(rows: groups, columns: network.inputs))
    let offsets = network.offsets(x, context)
    let logNormalizers = learnsLogZ ? network.logNormalizers(x, context) : nil
    let values = offsets.data.assumingMemoryBound(to: Float.self)
    let constants = logNormalizers?.data.assumingMemoryBound(to: Float.self)
    for group in 0..<groups {
      for row in rows(of: group) {
        (rows + row * network.width).update(
          from: values + group * network.width, count: network.width)
        logZ[row] = constants.map { Double($0[group]) } ?? 0
      }
    }
    (self.offsets, self.logNormalizers) = (offsets, logNormalizers)
    rowGradients.update(repeating: 0, count: count * network.width)
  }

  /// What a pass over the rows of a block reads and writes.
  func inputs(from row: Int) -> ConditionInputs {
    ConditionInputs(
      indices: UnsafePointer(indices + row),
      offsets: UnsafeRawPointer(rows + row * network.width),
      gradient: UnsafeMutableRawPointer(rowGradients + row * network.width))
  }

  /// Sends the gradients of all rows on to the parameters.
  func runBackward() {
    guard let offsets else { return }
    addSeeds(to: offsets, columns: network.width) { row, column in
      self.rowGradients[row * self.network.width + column]
    }
    if let logNormalizers {
      addSeeds(to: logNormalizers, columns: 1) { row, _ in Float(self.logZAdjoints[row]) }
    }
    tape.runBackward()
  }

  /// Adds up the gradients of each group's rows.
  private func addSeeds(to tensor: Tensor, columns: Int, _ gradient: (Int, Int) -> Float) {
    for group in 0..<groups {
      for column in 0..<columns {
        seeds[group * columns + column] = rows(of: group).reduce(0) { $0 + gradient($1, column) }
      }
    }
    tape.addSeed(UnsafeRawPointer(seeds), to: tensor)
  }
}

/// What the conditions of a block's rows add to its paths.
struct ConditionInputs {
  /// The conditions, [rows].
  let indices: UnsafePointer<Int32>
  /// u(c) of each row, [rows, width].
  let offsets: UnsafeRawPointer
  /// Its gradient.
  let gradient: UnsafeMutableRawPointer
}
