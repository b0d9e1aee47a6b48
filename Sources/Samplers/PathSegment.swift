import KernelTables
import Networks
import Tensors

/// Memory of a run of adjacent steps of one block: states, scores, what the network said, and why.
///
/// States are [steps + 1, rows, D], everything else [steps, rows, D], so that a run of steps is one
/// matrix.
final class PathSegment {
  /// What can be in memory.
  struct Contents: Equatable {
    let block: Int
    let segment: Int
  }

  /// Hidden layers of the network.
  let activations: Activations
  /// What the network of the way back said, where there is one.
  let reversal: ReversalSegment?
  /// Hidden layers of the state flow, where there is one.
  let flowActivations: Activations?
  /// What is in memory; nil while it is written.
  var contents: Contents?

  private let bytesPerRow: Int
  private let states: UnsafeMutableRawPointer
  private let drifts: UnsafeMutableRawPointer
  private let raws: UnsafeMutableRawPointer?
  private let gates: UnsafeMutableRawPointer?
  private let scores: UnsafeMutableRawPointer?

  /// Room for `steps` steps.
  /// - Parameter keepsSlopes: Whether to keep what going backwards needs.
  init(
    _ model: PathModel, steps: Int, keepsSlopes: Bool = true, _ type: ScalarType = .float32
  ) {
    let (network, rows) = (model.network, PathPlan.blockRows)
    reversal = model.reversal.map {
      ReversalSegment($0, steps: steps, keepsSlopes: keepsSlopes, type)
    }
    activations = Activations(
      network.trunk, pairs: rows * (keepsSlopes ? steps : 1), keepsSlopes: keepsSlopes, type)
    flowActivations = (keepsSlopes ? model.flow : nil).map {
      Activations($0.trunk, pairs: rows * steps, keepsSlopes: true, type)
    }
    let bytesPerRow = network.dimension * type.byteCount
    self.bytesPerRow = bytesPerRow
    func room(_ slots: Int) -> UnsafeMutableRawPointer {
      .allocate(byteCount: max(1, slots * rows * bytesPerRow), alignment: 64)
    }
    states = room(steps + 1)
    drifts = room(steps)
    raws = network.learnsVariance ? room(steps) : nil
    gates = network.isGated ? room(steps) : nil
    scores = network.usesScore ? room(steps) : nil
  }

  deinit {
    states.deallocate()
    drifts.deallocate()
    raws?.deallocate()
    gates?.deallocate()
    scores?.deallocate()
  }

  /// Bytes that a step of a block takes up, without its state flow: whether a flow is learned does not
  /// decide how often scores are evaluated.
  static func bytesPerStep(_ model: PathModel) -> Int {
    func columns(_ network: PathNetwork) -> Int {
      network.keptVectors * network.dimension + 2 * network.trunk.hiddenLayers * network.width
    }
    let all = model.network.dimension + columns(model.network) + (model.reversal.map(columns) ?? 0)
    return 4 * PathPlan.blockRows * all
  }

  /// States at the beginning of a slot's step, or the end of the one before, [rows, D].
  func state(_ slot: Int, rows: Int) -> UnsafeMutableRawPointer {
    states + slot * rows * bytesPerRow
  }

  /// States, scores and what the network said from a slot's step on.
  func rows(from slot: Int, rows: Int) -> NetworkRows {
    let offset = slot * rows * bytesPerRow
    return NetworkRows(
      x: UnsafeRawPointer(states + offset), score: scores.map { UnsafeRawPointer($0 + offset) },
      drift: drifts + offset, raw: raws.map { $0 + offset }, gate: gates.map { $0 + offset })
  }

  /// The states from a slot's step on, as state flows see them.
  func flowRows(
    _ steps: Range<Int>, _ slot: Int, rows: Int, _ conditions: ConditionInputs?
  ) -> FlowRows {
    FlowRows(
      x: UnsafePointer(state(slot, rows: rows).assumingMemoryBound(to: Float.self)), steps: steps,
      rows: rows, conditions: conditions)
  }

  /// The buffers of one step's transition.
  func transition(_ slot: Int, rows: Int, dimension: Int) -> GaussianStepBuffers {
    let io = self.rows(from: slot, rows: rows)
    return GaussianStepBuffers(
      x: io.x, next: state(slot + 1, rows: rows), drift: io.drift,
      raw: io.raw.map { UnsafeRawPointer($0) }, rows: rows, dimension: dimension)
  }

  /// The buffers of one way back.
  func wayBack(_ slot: Int, rows: Int, dimension: Int, range: Double) -> ReversalBuffers {
    let learned = reversal?.inputs(slot, rows: rows)
    return ReversalBuffers(
      x: state(slot, rows: rows), next: UnsafeRawPointer(state(slot + 1, rows: rows)),
      mean: learned?.mean, raw: learned?.raw, range: range, rows: rows, dimension: dimension)
  }
}
