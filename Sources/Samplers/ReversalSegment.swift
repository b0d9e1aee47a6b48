import Networks
import Tensors

/// What the network of the way back said of a run of steps of one block, and why.
///
/// Slot i is about the way from the states at the end of step i to those at its beginning.
final class ReversalSegment {
  /// Hidden layers of the network.
  let activations: Activations
  private let bytesPerRow: Int
  private let means: UnsafeMutableRawPointer
  private let raws: UnsafeMutableRawPointer

  /// Room for `steps` steps.
  init(_ network: PathNetwork, steps: Int, keepsSlopes: Bool, _ type: ScalarType) {
    let rows = PathPlan.blockRows
    activations = Activations(
      network.trunk, pairs: rows * (keepsSlopes ? steps : 1), keepsSlopes: keepsSlopes, type)
    bytesPerRow = network.dimension * type.byteCount
    let bytes = max(1, steps * rows * bytesPerRow)
    means = .allocate(byteCount: bytes, alignment: 64)
    raws = .allocate(byteCount: bytes, alignment: 64)
  }

  deinit {
    means.deallocate()
    raws.deallocate()
  }

  /// The inputs of a slot's learned mean and variance, [rows, D] each.
  func inputs(_ slot: Int, rows: Int) -> (
    mean: UnsafeMutableRawPointer, raw: UnsafeMutableRawPointer
  ) {
    let offset = slot * rows * bytesPerRow
    return (means + offset, raws + offset)
  }

  /// States at the ends of steps and what the network says of them, from a slot on.
  func rows(from slot: Int, rows: Int, states: PathSegment) -> NetworkRows {
    let inputs = inputs(slot, rows: rows)
    return NetworkRows(
      x: UnsafeRawPointer(states.state(slot + 1, rows: rows)), score: nil, drift: inputs.mean,
      raw: inputs.raw)
  }
}
