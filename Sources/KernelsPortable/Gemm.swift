import KernelTables

// C = (start + A B) ∘ factor, priorities in this order:
// 1. the same bits on every processor: an element accumulates over k in order, one fused
//    multiply-add each, so tile sizes, vector widths and the ways below are free;
// 2. speed at the sizes of samplers (columns and depth of 64 to 256), where B stays in the cache: no
//    packing; a tile of C stays in registers for the whole depth (MatrixTile.swift);
// 3. speed elsewhere: large or transposed B is packed (PackedProduct.swift), a C of few columns is
//    computed as its transpose (NarrowProduct.swift).

extension VectorKernels {
  package static func product(_ product: MatrixProduct) {
    MatrixLoops<Lanes>.product(product)
  }

  package static func doubleProduct(_ product: MatrixProduct) {
    MatrixLoops<SIMD8<Double>>.product(product)
  }

  package static func transpose(
    _ matrix: UnsafeRawPointer, to result: UnsafeMutableRawPointer, rows: Int, columns: Int
  ) {
    Lanes.transpose(
      matrix.floats, 1, columns, to: result.floats, rows, rows: columns, columns: rows)
  }
}

/// The ways to compute a product with vectors of one type.
enum MatrixLoops<V: MatrixVector> {
  typealias Scalar = V.Scalar

  /// Bytes of an element.
  @inline(__always) static var size: Int { MemoryLayout<Scalar>.stride }

  /// The product by the way that suits its shape.
  @inline(__always) static func product(_ p: MatrixProduct) {
    if p.factor == nil, isNarrow(p) {
      narrowProduct(p)
    } else if mustPack(p) || paysToPack(p) {
      packedProduct(p)
    } else {
      plainProduct(p)
    }
  }

  /// The product with B read where it is.
  @inline(never) static func plainProduct(_ p: MatrixProduct) {
    TiledProduct<Scalar>(p).run(V.self)
  }
}
