import CVectors

// Runs of adjacent columns of B and C, held in registers: what a matrix product's tile is made of, for
// floats and doubles alike.

/// A run of adjacent columns held in registers.
protocol ColumnVector: BitwiseCopyable {
  associatedtype Scalar: BinaryFloatingPoint & BitwiseCopyable
  /// Columns in the run.
  static var width: Int { get }
  init()
  static func load(_ p: UnsafePointer<Scalar>) -> Self
  /// The first `count` columns, at most the width; the others are zero.
  static func load(_ p: UnsafePointer<Scalar>, first count: Int) -> Self
  func store(_ p: UnsafeMutablePointer<Scalar>)
  /// Writes the first `count` columns, at most the width.
  func store(_ p: UnsafeMutablePointer<Scalar>, first count: Int)
  /// self += s b, fused.
  mutating func accumulate(_ s: Scalar, _ b: Self)
  /// self *= b.
  mutating func multiply(_ b: Self)
  /// Asks for the run's memory, which is read soon.
  static func prefetch(_ p: UnsafePointer<Scalar>)
}

extension SIMD16<Float>: ColumnVector {
  static var width: Int { 16 }
  @inline(__always) static func load(_ p: UnsafePointer<Float>) -> Self { vector_load(p) }
  @inline(__always) static func load(_ p: UnsafePointer<Float>, first count: Int) -> Self {
    vector_load_partial(p, count)
  }
  @inline(__always) func store(_ p: UnsafeMutablePointer<Float>) { vector_store(self, p) }
  @inline(__always) func store(_ p: UnsafeMutablePointer<Float>, first count: Int) {
    vector_store_partial(self, p, count)
  }
  @inline(__always) mutating func accumulate(_ s: Float, _ b: Self) {
    self = vector_fma(Self(repeating: s), b, self)
  }
  @inline(__always) mutating func multiply(_ b: Self) { self = vector_multiply(self, b) }
  @inline(__always) static func prefetch(_ p: UnsafePointer<Float>) { memory_prefetch(p) }
}

extension SIMD8<Double>: ColumnVector {
  static var width: Int { 8 }
  @inline(__always) static func load(_ p: UnsafePointer<Double>) -> Self {
    UnsafeRawPointer(p).loadUnaligned(as: Self.self)
  }
  @inline(__always) static func load(_ p: UnsafePointer<Double>, first count: Int) -> Self {
    vector_load_partial_double(p, count)
  }
  @inline(__always) func store(_ p: UnsafeMutablePointer<Double>) {
    UnsafeMutableRawPointer(p).storeBytes(of: self, as: Self.self)
  }
  @inline(__always) func store(_ p: UnsafeMutablePointer<Double>, first count: Int) {
    vector_store_partial_double(self, p, count)
  }
  @inline(__always) mutating func accumulate(_ s: Double, _ b: Self) {
    self = vector_fma_double(Self(repeating: s), b, self)
  }
  @inline(__always) mutating func multiply(_ b: Self) { self = vector_multiply_double(self, b) }
  @inline(__always) static func prefetch(_ p: UnsafePointer<Double>) { memory_prefetch(p) }
}

/// Two equal runs side by side.
struct Twice<Half: ColumnVector>: ColumnVector {
  var left = Half(), right = Half()

  static var width: Int { 2 * Half.width }

  @inline(__always) static func load(_ p: UnsafePointer<Half.Scalar>) -> Self {
    Self(left: .load(p), right: .load(p + Half.width))
  }
  @inline(__always) static func load(_ p: UnsafePointer<Half.Scalar>, first count: Int) -> Self {
    let (inLeft, inRight) = split(count)
    return Self(left: .load(p, first: inLeft), right: .load(p + Half.width, first: inRight))
  }
  @inline(__always) func store(_ p: UnsafeMutablePointer<Half.Scalar>) {
    left.store(p)
    right.store(p + Half.width)
  }
  @inline(__always) func store(_ p: UnsafeMutablePointer<Half.Scalar>, first count: Int) {
    let (inLeft, inRight) = Self.split(count)
    left.store(p, first: inLeft)
    right.store(p + Half.width, first: inRight)
  }
  @inline(__always) mutating func accumulate(_ s: Half.Scalar, _ b: Self) {
    left.accumulate(s, b.left)
    right.accumulate(s, b.right)
  }
  @inline(__always) mutating func multiply(_ b: Self) {
    left.multiply(b.left)
    right.multiply(b.right)
  }
  @inline(__always) static func prefetch(_ p: UnsafePointer<Half.Scalar>) {
    Half.prefetch(p)
    Half.prefetch(p + Half.width)
  }

  @inline(__always) private static func split(_ count: Int) -> (left: Int, right: Int) {
    count < Half.width ? (count, 0) : (Half.width, count &- Half.width)
  }
}

/// How much of a run of columns a matrix has.
protocol ColumnEdge {
  func load<V: ColumnVector>(_ p: UnsafePointer<V.Scalar>) -> V
  func store<V: ColumnVector>(_ v: V, _ p: UnsafeMutablePointer<V.Scalar>)
}

/// All columns of the run.
struct AllColumns: ColumnEdge {
  @inline(__always) func load<V: ColumnVector>(_ p: UnsafePointer<V.Scalar>) -> V { .load(p) }
  @inline(__always) func store<V: ColumnVector>(_ v: V, _ p: UnsafeMutablePointer<V.Scalar>) {
    v.store(p)
  }
}

/// The first columns of the run.
struct FirstColumns: ColumnEdge {
  let count: Int
  @inline(__always) func load<V: ColumnVector>(_ p: UnsafePointer<V.Scalar>) -> V {
    .load(p, first: count)
  }
  @inline(__always) func store<V: ColumnVector>(_ v: V, _ p: UnsafeMutablePointer<V.Scalar>) {
    v.store(p, first: count)
  }
}
