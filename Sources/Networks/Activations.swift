import Tensors

/// What a trunk's backward pass reads of the forward pass: each hidden layer's value and slope.
///
/// Layer by layer and in the order of (step, row) pairs, so that a run of steps is one matrix.
/// Without slopes there is room for the values of one call only: they are overwritten by the next.
package final class Activations {
  /// Pairs of step and row that there is room for.
  package let pairs: Int
  let keepsSlopes: Bool
  private let bytesPerPair: Int
  private let layers: Int
  private let storage: UnsafeMutableRawPointer

  /// Room for the hidden layers of a trunk.
  package init(_ trunk: Trunk, pairs: Int, keepsSlopes: Bool, _ type: ScalarType) {
    self.pairs = pairs
    self.keepsSlopes = keepsSlopes
    bytesPerPair = trunk.width * type.byteCount
    layers = trunk.hiddenLayers
    storage = .allocate(
      byteCount: max(1, pairs * bytesPerPair * layers * (keepsSlopes ? 2 : 1)), alignment: 64)
  }

  deinit { storage.deallocate() }

  /// h = GELU(z) of a hidden layer from a pair on, [pairs, width].
  func values(_ layer: Int, from pair: Int) -> UnsafeMutableRawPointer {
    storage + (layer * pairs + (keepsSlopes ? pair : 0)) * bytesPerPair
  }

  /// GELU′(z) of a hidden layer from a pair on, [pairs, width].
  func slopes(_ layer: Int, from pair: Int) -> UnsafeMutableRawPointer {
    precondition(keepsSlopes, "no slopes were kept")
    return storage + ((layers + layer) * pairs + pair) * bytesPerPair
  }
}
