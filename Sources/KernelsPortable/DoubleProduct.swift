import CVectors
import KernelTables

// C = start + A B on doubles. The priorities are those of the product of floats: every element adds
// over k in order with fused multiply-adds, so tiles and vector widths are free; a tile of C stays in
// registers for the whole depth; single rows and columns take what is left.
//
// A tile is 6 rows by 32 columns with 32 vector registers, 6 by 8 with 16. Callers with a large B
// pack it into strips that stay in the cache.

private typealias Octet = SIMD8<Double>

/// A run of adjacent columns of B and C held in registers.
private protocol DoubleRun {
  static var width: Int { get }
  init()
  static func load(_ p: UnsafePointer<Double>) -> Self
  func store(_ p: UnsafeMutablePointer<Double>)
  /// self += s b, fused.
  mutating func accumulate(_ s: Double, _ b: Self)
}

extension SIMD8<Double>: DoubleRun {
  static var width: Int { 8 }
  @inline(__always) static func load(_ p: UnsafePointer<Double>) -> Self {
    UnsafeRawPointer(p).loadUnaligned(as: Self.self)
  }
  @inline(__always) func store(_ p: UnsafeMutablePointer<Double>) {
    UnsafeMutableRawPointer(p).storeBytes(of: self, as: Self.self)
  }
  @inline(__always) mutating func accumulate(_ s: Double, _ b: Self) {
    self = vector_fma_double(Self(repeating: s), b, self)
  }
}

extension Double: DoubleRun {
  static var width: Int { 1 }
  @inline(__always) static func load(_ p: UnsafePointer<Double>) -> Self { p.pointee }
  @inline(__always) func store(_ p: UnsafeMutablePointer<Double>) { p.pointee = self }
  @inline(__always) mutating func accumulate(_ s: Double, _ b: Self) { self = addingProduct(s, b) }
}

#if WIDE_REGISTERS
  /// Four vectors side by side.
  private struct FourOctets: DoubleRun {
    var q0 = Octet(), q1 = Octet(), q2 = Octet(), q3 = Octet()
    static var width: Int { 32 }
    @inline(__always) static func load(_ p: UnsafePointer<Double>) -> Self {
      Self(q0: .load(p), q1: .load(p + 8), q2: .load(p + 16), q3: .load(p + 24))
    }
    @inline(__always) func store(_ p: UnsafeMutablePointer<Double>) {
      q0.store(p)
      q1.store(p + 8)
      q2.store(p + 16)
      q3.store(p + 24)
    }
    @inline(__always) mutating func accumulate(_ s: Double, _ b: Self) {
      q0.accumulate(s, b.q0)
      q1.accumulate(s, b.q1)
      q2.accumulate(s, b.q2)
      q3.accumulate(s, b.q3)
    }
  }
#endif

/// A product seen as doubles.
private struct DoubleProduct {
  let a: UnsafePointer<Double>
  let b: UnsafePointer<Double>
  let c: UnsafeMutablePointer<Double>
  let start: UnsafePointer<Double>?
  let p: MatrixProduct

  init(_ p: MatrixProduct) {
    a = p.a.assumingMemoryBound(to: Double.self)
    b = p.b.assumingMemoryBound(to: Double.self)
    c = p.c.assumingMemoryBound(to: Double.self)
    start = p.start?.assumingMemoryBound(to: Double.self)
    self.p = p
  }

  @inline(__always) func begin<Run: DoubleRun>(_ i: Int, _ j: Int) -> Run {
    guard let start else { return Run() }
    return Run.load(start + i * p.startRowStride + j)
  }

  @inline(__always) func end<Run: DoubleRun>(_ run: Run, _ i: Int, _ j: Int) {
    run.store(c + i * p.cRowStride + j)
  }

  /// Rows i ..< i + 6.
  @inline(__always) func sixRows<Run: DoubleRun>(_ i: Int, _ j: Int, _: Run.Type) {
    let r = p.aRowStride
    var c0: Run = begin(i, j)
    var c1: Run = begin(i + 1, j)
    var c2: Run = begin(i + 2, j)
    var c3: Run = begin(i + 3, j)
    var c4: Run = begin(i + 4, j)
    var c5: Run = begin(i + 5, j)
    var a = a + i * r
    var b = b + j
    for _ in 0..<p.depth {
      let row = Run.load(b)
      c0.accumulate(a[0], row)
      c1.accumulate(a[r], row)
      c2.accumulate(a[2 * r], row)
      c3.accumulate(a[3 * r], row)
      c4.accumulate(a[4 * r], row)
      c5.accumulate(a[5 * r], row)
      a += p.aColumnStride
      b += p.bRowStride
    }
    end(c0, i, j)
    end(c1, i + 1, j)
    end(c2, i + 2, j)
    end(c3, i + 3, j)
    end(c4, i + 4, j)
    end(c5, i + 5, j)
  }

  @inline(__always) func oneRow<Run: DoubleRun>(_ i: Int, _ j: Int, _: Run.Type) {
    var sum: Run = begin(i, j)
    var a = a + i * p.aRowStride
    var b = b + j
    for _ in 0..<p.depth {
      sum.accumulate(a[0], Run.load(b))
      a += p.aColumnStride
      b += p.bRowStride
    }
    end(sum, i, j)
  }

  /// All rows of as many runs as fit from column j on; returns the next column.
  @inline(__always) func columns<Run: DoubleRun>(from first: Int, _: Run.Type) -> Int {
    var j = first
    while j + Run.width <= p.columns {
      var i = 0
      while i + 6 <= p.rows {
        sixRows(i, j, Run.self)
        i += 6
      }
      while i < p.rows {
        oneRow(i, j, Run.self)
        i += 1
      }
      j += Run.width
    }
    return j
  }
}

extension VectorKernels {
  package static func doubleProduct(_ product: MatrixProduct) {
    let p = DoubleProduct(product)
    var j = 0
    #if WIDE_REGISTERS
      j = p.columns(from: j, FourOctets.self)
    #endif
    j = p.columns(from: j, Octet.self)
    _ = p.columns(from: j, Double.self)
  }
}
