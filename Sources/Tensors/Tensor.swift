/// A dense row-major array on a tape: a view of memory that the tape's owner keeps.
///
/// A tensor is valid until its tape is reset.
public struct Tensor: BitwiseCopyable {
  /// First element.
  package let data: UnsafeMutableRawPointer
  /// Sizes along the axes.
  public let shape: Shape
  /// Type of the elements.
  public let type: ScalarType
  /// Where the tape recorded how it came about, or -1 for a constant.
  package let node: Int
  /// Where the tape keeps its tangent, or -1 without one.
  package let tangentIndex: Int

  package init(
    data: UnsafeMutableRawPointer, shape: Shape, type: ScalarType, node: Int = -1,
    tangentIndex: Int = -1
  ) {
    self.data = data
    self.shape = shape
    self.type = type
    self.node = node
    self.tangentIndex = tangentIndex
  }

  /// Whether gradients flow to it.
  package var isVariable: Bool { node >= 0 }

  /// Whether it moves in the direction that forward mode follows.
  package var hasTangent: Bool { tangentIndex >= 0 }

  /// Number of elements.
  public var count: Int { shape.count }

  /// Bytes of all elements.
  package var byteCount: Int { count * type.byteCount }

  /// The same numbers to which neither gradients nor tangents flow.
  package var detached: Tensor { Tensor(data: data, shape: shape, type: type) }

  /// The elements as doubles, for tests and reports.
  public var values: [Double] { (0..<count).map { self[$0] } }

  /// One element as a double.
  package subscript(index: Int) -> Double {
    switch type {
    case .float32: Double(data.load(fromByteOffset: 4 * index, as: Float.self))
    case .float64: data.load(fromByteOffset: 8 * index, as: Double.self)
    }
  }
}
