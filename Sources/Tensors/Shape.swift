/// The sizes of a tensor along up to four axes, the last one adjacent in memory.
public struct Shape: Sendable, Equatable, CustomStringConvertible {
  private var sizes: SIMD4<Int>
  /// Number of axes.
  public let rank: Int

  /// A shape from its sizes, at most four.
  public init(_ sizes: Int...) {
    precondition(sizes.count <= 4, "a tensor has at most four axes")
    self.sizes = SIMD4(repeating: 1)
    rank = sizes.count
    for (axis, size) in sizes.enumerated() { self.sizes[axis] = size }
  }

  /// [rows, columns], without the array of the general initialiser.
  package init(rows: Int, columns: Int) {
    sizes = SIMD4(rows, columns, 1, 1)
    rank = 2
  }

  /// The size along an axis.
  public subscript(axis: Int) -> Int { sizes[axis] }

  /// Number of elements.
  public var count: Int { sizes[0] * sizes[1] * sizes[2] * sizes[3] }

  /// Size of the last axis.
  public var columns: Int { rank == 0 ? 1 : sizes[rank - 1] }

  /// Product of all axes but the last.
  public var rows: Int { columns == 0 ? sizes[0] : count / columns }

  /// The sizes, for example `[3, 64]`.
  public var array: [Int] { (0..<rank).map { sizes[$0] } }

  /// For example `[3, 64]`.
  public var description: String { array.description }
}
