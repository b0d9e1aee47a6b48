/// The sizes of a tensor along up to eight axes, the last one adjacent in memory.
public struct Shape: Sendable, Equatable, BitwiseCopyable, CustomStringConvertible {
  /// The most axes a tensor can have.
  public static let maximumRank = 8

  private var sizes: SIMD8<Int32>
  /// Number of axes.
  public private(set) var rank: Int

  /// A shape from its sizes, at most eight.
  public init(_ sizes: Int...) { self.init(sizes) }

  /// A shape from its sizes, at most eight.
  public init(_ sizes: [Int]) {
    precondition(sizes.count <= Shape.maximumRank, "a tensor has at most eight axes")
    self.sizes = SIMD8(repeating: 1)
    rank = sizes.count
    for (axis, size) in sizes.enumerated() { self.sizes[axis] = Int32(size) }
  }

  // The usual shapes, without the array of the general initialiser: these are made at every step.

  /// A shape of one axis.
  public init(_ size: Int) { self.init(rank: 1, size) }

  /// A shape of two axes.
  public init(_ first: Int, _ second: Int) { self.init(rank: 2, first, second) }

  /// A shape of three axes.
  public init(_ first: Int, _ second: Int, _ third: Int) {
    self.init(rank: 3, first, second, third)
  }

  /// A shape of four axes.
  public init(_ first: Int, _ second: Int, _ third: Int, _ fourth: Int) {
    self.init(rank: 4, first, second, third, fourth)
  }

  private init(rank: Int, _ first: Int = 1, _ second: Int = 1, _ third: Int = 1, _ fourth: Int = 1)
  {
    sizes = SIMD8(Int32(first), Int32(second), Int32(third), Int32(fourth), 1, 1, 1, 1)
    self.rank = rank
  }

  /// The shape of a single number, without axes.
  package static let scalar = Shape(rank: 0)

  /// The size along an axis; a negative axis counts from the end.
  public subscript(axis: Int) -> Int {
    get { Int(sizes[axis < 0 ? axis + rank : axis]) }
    set { sizes[axis < 0 ? axis + rank : axis] = Int32(newValue) }
  }

  /// Number of elements.
  public var count: Int {
    var product = 1
    for axis in 0..<rank { product *= self[axis] }
    return product
  }

  /// Size of the last axis.
  public var columns: Int { rank == 0 ? 1 : self[rank - 1] }

  /// Product of all axes but the last.
  public var rows: Int { rank == 0 ? 1 : count(of: 0..<(rank - 1)) }

  /// Product of the sizes of some axes.
  package func count(of axes: Range<Int>) -> Int {
    var product = 1
    for axis in axes { product *= self[axis] }
    return product
  }

  /// The same shape with another size along one axis.
  package func replacing(axis: Int, with size: Int) -> Shape {
    var shape = self
    shape[axis] = size
    return shape
  }

  /// The same shape with one more axis at the end.
  package func appending(_ size: Int) -> Shape {
    precondition(rank < Shape.maximumRank, "a tensor has at most eight axes")
    var shape = self
    shape.rank += 1
    shape[rank] = size
    return shape
  }

  /// The same shape without one of its axes.
  package func removing(axis: Int) -> Shape {
    var shape = self
    for later in axis..<(rank - 1) { shape[later] = self[later + 1] }
    shape[rank - 1] = 1
    shape.rank -= 1
    return shape
  }

  /// The sizes, for example `[3, 64]`.
  public var array: [Int] { (0..<rank).map { self[$0] } }

  /// For example `[3, 64]`.
  public var description: String { array.description }
}
