import Tensors

/// ∂ loss / ∂ the inputs of all layers' nonlinearities, for a run of (step, row) pairs.
package final class LayerAdjoints {
  /// Pairs that there is room for.
  package let pairs: Int
  private let width: Int
  private let columns: Int
  private let layers: Int
  private let byteCount: Int
  private let storage: UnsafeMutableRawPointer

  /// Room for the layers of a trunk.
  package init(_ trunk: Trunk, pairs: Int, _ type: ScalarType) {
    self.pairs = pairs
    (width, columns, layers) = (trunk.width, trunk.outputs, trunk.hiddenLayers)
    byteCount = type.byteCount
    storage = .allocate(
      byteCount: max(1, pairs * (layers * width + columns) * byteCount), alignment: 64)
  }

  deinit { storage.deallocate() }

  /// By z of a hidden layer from a pair on, [pairs, width].
  func hidden(_ layer: Int, from pair: Int) -> UnsafeMutableRawPointer {
    storage + (layer * pairs + pair) * width * byteCount
  }

  /// By the last layer's output from a pair on, [pairs, outputs].
  package func output(from pair: Int) -> UnsafeMutableRawPointer {
    storage + (layers * pairs * width + pair * columns) * byteCount
  }
}
