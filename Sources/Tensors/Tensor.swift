/// A dense row-major array on a tape: a view of memory that the tape's owner keeps.
///
/// A tensor is valid until its tape is reset.
public struct Tensor {
  /// First element.
  package let data: UnsafeMutableRawPointer
  /// Sizes along the axes.
  public let shape: Shape
  /// Type of the elements.
  public let type: ScalarType
  /// Where the tape recorded how it came about, or -1 for a constant.
  package let node: Int

  package init(data: UnsafeMutableRawPointer, shape: Shape, type: ScalarType, node: Int = -1) {
    self.data = data
    self.shape = shape
    self.type = type
    self.node = node
  }

  /// Whether gradients flow to it.
  package var isVariable: Bool { node >= 0 }

  /// Number of elements.
  public var count: Int { shape.count }

  /// The elements as doubles, for tests and reports.
  public var values: [Double] {
    switch type {
    case .float32: (0..<count).map { Double(data.load(fromByteOffset: 4 * $0, as: Float.self)) }
    case .float64: (0..<count).map { data.load(fromByteOffset: 8 * $0, as: Double.self) }
    }
  }
}
