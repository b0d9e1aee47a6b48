import KernelTables

// Products with few columns, where a vector along a row of C would be mostly empty: the last layer of a
// network, and its weight's gradient. Cᵀ = Bᵀ Aᵀ is computed instead, whose rows are long, for some rows of
// C at a time. Each element still adds over k in order, and a product's factors may be exchanged,
// so the bits are those of the plain loop.

/// Rows of C that are computed at a time.
private let chunkRows = 256

extension MatrixLoops {
  /// Whether Cᵀ is better computed than C: a matter of counting, with and without copying A.
  @inline(__always) static func isNarrow(_ p: MatrixProduct) -> Bool {
    let most = p.aRowStride == 1 ? V.width / 2 : V.width / 4
    return p.columns <= most && p.rows >= 2 * V.width && p.depth >= 8
  }

  /// C = start + A B by way of Cᵀ.
  @inline(never) static func narrowProduct(_ p: MatrixProduct) {
    let chunk = (threadScratch() + slabBytes).assumingMemoryBound(to: Scalar.self)
    for i in stride(from: 0, to: p.rows, by: chunkRows) {
      transposedRows(p, from: i, min(chunkRows, p.rows - i), chunk)
    }
  }

  /// Computes some rows of C in `chunk`, [columns, rows], and copies them.
  private static func transposedRows(
    _ p: MatrixProduct, from i: Int, _ rows: Int, _ chunk: UnsafeMutablePointer<Scalar>
  ) {
    if let start = p.start?.assumingMemoryBound(to: Scalar.self) {
      V.transposeElements(
        start + i * p.startRowStride, 1, p.startRowStride, to: chunk, rows, rows: p.columns,
        columns: rows)
    }
    var exchanged = MatrixProduct(
      a: p.b, b: p.a + size * i * p.aRowStride, c: chunk, rows: p.columns, columns: rows,
      depth: p.depth)
    (exchanged.aRowStride, exchanged.aColumnStride) = (p.bColumnStride, p.bRowStride)
    (exchanged.bRowStride, exchanged.bColumnStride) = (p.aColumnStride, p.aRowStride)
    if p.start != nil { exchanged = exchanged.accumulating() }
    if mustPack(exchanged) { packedProduct(exchanged) } else { plainProduct(exchanged) }
    V.transposeElements(
      chunk, 1, rows, to: p.c.assumingMemoryBound(to: Scalar.self) + i * p.cRowStride, p.cRowStride,
      rows: rows, columns: p.columns)
  }
}
