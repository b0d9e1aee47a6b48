import CVectors
import KernelTables

// C = start + A B, priorities in this order:
// 1. the same bits on every processor: an element accumulates over k in order, one fused
//    multiply-add each, so tile sizes and vector widths are free;
// 2. speed at the sizes of samplers (columns and depth of 64 to 256), where B stays in the cache:
//    no packing; a tile of C stays in registers for the whole depth (large B is packed, see
//    PackedGemm.swift);
// 3. any shape: narrower vectors take the columns that are left, single rows the rows.
//
// A tile is 6 rows by 64 columns with 32 vector registers (24 hold C, 4 B), 6 by 16 with 16.

/// A run of adjacent columns of B and C held in registers.
protocol ColumnVector: BitwiseCopyable {
  static var width: Int { get }
  init()
  /// self += s b, fused.
  mutating func accumulate(_ s: Float, _ b: Self)
}

extension ColumnVector {
  @inline(__always) static func load(_ p: UnsafePointer<Float>) -> Self {
    UnsafeRawPointer(p).loadUnaligned(as: Self.self)
  }
  @inline(__always) func store(_ p: UnsafeMutablePointer<Float>) {
    UnsafeMutableRawPointer(p).storeBytes(of: self, as: Self.self)
  }
}

extension SIMD16<Float>: ColumnVector {
  static var width: Int { 16 }
  @inline(__always) mutating func accumulate(_ s: Float, _ b: Self) {
    self = vector_fma(Self(repeating: s), b, self)
  }
}

extension SIMD8<Float>: ColumnVector {
  static var width: Int { 8 }
  @inline(__always) mutating func accumulate(_ s: Float, _ b: Self) {
    self = addingProduct(Self(repeating: s), b)
  }
}

extension SIMD4<Float>: ColumnVector {
  static var width: Int { 4 }
  @inline(__always) mutating func accumulate(_ s: Float, _ b: Self) {
    self = addingProduct(Self(repeating: s), b)
  }
}

extension Float: ColumnVector {
  static var width: Int { 1 }
  @inline(__always) mutating func accumulate(_ s: Float, _ b: Self) {
    self = addingProduct(s, b)
  }
}

#if WIDE_REGISTERS
  /// Four vectors side by side.
  struct SIMD64Float: ColumnVector {
    var q0 = Lanes(), q1 = Lanes(), q2 = Lanes(), q3 = Lanes()
    static var width: Int { 64 }
    @inline(__always) mutating func accumulate(_ s: Float, _ b: Self) {
      q0.accumulate(s, b.q0)
      q1.accumulate(s, b.q1)
      q2.accumulate(s, b.q2)
      q3.accumulate(s, b.q3)
    }
  }
#endif

/// A product seen as floats.
private struct FloatProduct {
  let a: UnsafePointer<Float>
  let b: UnsafePointer<Float>
  let c: UnsafeMutablePointer<Float>
  let start: UnsafePointer<Float>?
  let p: MatrixProduct

  init(_ p: MatrixProduct) {
    a = p.a.assumingMemoryBound(to: Float.self)
    b = p.b.assumingMemoryBound(to: Float.self)
    c = p.c.assumingMemoryBound(to: Float.self)
    start = p.start?.assumingMemoryBound(to: Float.self)
    self.p = p
  }

  @inline(__always) func begin<V: ColumnVector>(_ i: Int, _ j: Int) -> V {
    guard let start else { return V() }
    return V.load(start + i * p.startRowStride + j)
  }

  @inline(__always) func end<V: ColumnVector>(_ v: V, _ i: Int, _ j: Int) {
    v.store(c + i * p.cRowStride + j)
  }

  /// Rows i ..< i + 6.
  @inline(__always) func sixRows<V: ColumnVector>(_ i: Int, _ j: Int, _: V.Type) {
    let r = p.aRowStride
    var c0: V = begin(i, j)
    var c1: V = begin(i + 1, j)
    var c2: V = begin(i + 2, j)
    var c3: V = begin(i + 3, j)
    var c4: V = begin(i + 4, j)
    var c5: V = begin(i + 5, j)
    var a = a + i * r
    var b = b + j
    for _ in 0..<p.depth {
      let row = V.load(b)
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

  /// Rows i and i + 1.
  @inline(__always) func twoRows<V: ColumnVector>(_ i: Int, _ j: Int, _: V.Type) {
    let r = p.aRowStride
    var c0: V = begin(i, j)
    var c1: V = begin(i + 1, j)
    var a = a + i * r
    var b = b + j
    for _ in 0..<p.depth {
      let row = V.load(b)
      c0.accumulate(a[0], row)
      c1.accumulate(a[r], row)
      a += p.aColumnStride
      b += p.bRowStride
    }
    end(c0, i, j)
    end(c1, i + 1, j)
  }

  @inline(__always) func oneRow<V: ColumnVector>(_ i: Int, _ j: Int, _: V.Type) {
    var c0: V = begin(i, j)
    var a = a + i * p.aRowStride
    var b = b + j
    for _ in 0..<p.depth {
      c0.accumulate(a[0], V.load(b))
      a += p.aColumnStride
      b += p.bRowStride
    }
    end(c0, i, j)
  }

  /// All rows of as many runs of V's width as fit from column j on; returns the next column.
  @inline(__always) func columns<V: ColumnVector>(from first: Int, _: V.Type) -> Int {
    var j = first
    while j + V.width <= p.columns {
      var i = 0
      while i + 6 <= p.rows {
        sixRows(i, j, V.self)
        i += 6
      }
      while i + 2 <= p.rows {
        twoRows(i, j, V.self)
        i += 2
      }
      if i < p.rows { oneRow(i, j, V.self) }
      j += V.width
    }
    return j
  }
}

extension VectorKernels {
  package static func product(_ product: MatrixProduct) {
    if isLarge(product) {
      packedProduct(product)
    } else {
      plainProduct(product)
    }
  }
}

/// C = start + A B with B read where it is.
@inline(__always)
private func plainProduct(_ product: MatrixProduct) {
  let p = FloatProduct(product)
  var j = 0
  #if WIDE_REGISTERS
    j = p.columns(from: j, SIMD64Float.self)
  #endif
  j = p.columns(from: j, Lanes.self)
  j = p.columns(from: j, SIMD8<Float>.self)
  j = p.columns(from: j, SIMD4<Float>.self)
  _ = p.columns(from: j, Float.self)
}
