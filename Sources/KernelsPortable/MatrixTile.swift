import KernelTables

// The tiles of a matrix product, and the order in which they cover C.
//
// With 32 vector registers a tile is 6 rows by 4 vectors (24 hold C, 4 B), or 12 rows where fewer
// columns are left; with 16 registers, of which a vector takes two, 6 rows by one vector. A partial
// vector takes the columns that are left, smaller blocks the rows.

/// A product seen as numbers of one type.
struct TiledProduct<Scalar: BitwiseCopyable> {
  let a: UnsafePointer<Scalar>
  let b: UnsafePointer<Scalar>
  let c: UnsafeMutablePointer<Scalar>
  let start: UnsafePointer<Scalar>?
  let factor: UnsafePointer<Scalar>?
  let p: MatrixProduct

  @inline(__always) init(_ p: MatrixProduct) {
    a = p.a.assumingMemoryBound(to: Scalar.self)
    b = p.b.assumingMemoryBound(to: Scalar.self)
    c = p.c.assumingMemoryBound(to: Scalar.self)
    start = p.start?.assumingMemoryBound(to: Scalar.self)
    factor = p.factor?.assumingMemoryBound(to: Scalar.self)
    self.p = p
  }

  /// One tile of C, from row i and column j on.
  ///
  /// Factors are often far away in memory and on their way while the tile adds up.
  @inline(__always) func tile<Block: RowBlock>(
    _ i: Int, _ j: Int, _ edge: some ColumnEdge, _: Block.Type
  ) where Block.Columns.Scalar == Scalar {
    var block = Block()
    if let start { block.load(start + i &* p.startRowStride + j, p.startRowStride, edge) }
    let factor = factor.map { $0 + i &* p.cRowStride + j }
    if let factor { Block.prefetch(factor, p.cRowStride) }
    var a = a + i &* p.aRowStride
    var b = b + j
    var left = p.depth
    while left > 0 {
      block.accumulate(a, p.aRowStride, edge.load(b))
      a += p.aColumnStride
      b += p.bRowStride
      left &-= 1
    }
    if let factor { block.multiply(factor, p.cRowStride, edge) }
    block.store(c + i &* p.cRowStride + j, p.cRowStride, edge)
  }

  /// As many blocks of rows as fit from row i on; returns the next row.
  @inline(__always) func blocks<Block: RowBlock>(
    from first: Int, _ j: Int, _ edge: some ColumnEdge, _: Block.Type
  ) -> Int where Block.Columns.Scalar == Scalar {
    var i = first
    while i &+ Block.rows <= p.rows {
      tile(i, j, edge, Block.self)
      i &+= Block.rows
    }
    return i
  }

  /// All rows of a run of columns, from row i on.
  @inline(__always) func sweep<V: ColumnVector>(
    from first: Int = 0, _ j: Int, _ edge: some ColumnEdge, _: V.Type
  ) where V.Scalar == Scalar {
    var i = blocks(from: first, j, edge, SixRows<V>.self)
    i = blocks(from: i, j, edge, FourRows<V>.self)
    i = blocks(from: i, j, edge, TwoRows<V>.self)
    _ = blocks(from: i, j, edge, OneRow<V>.self)
  }
}

#if WIDE_REGISTERS
  extension TiledProduct {
    /// All of C.
    @inline(__always) func run<V: ColumnVector>(_: V.Type) where V.Scalar == Scalar {
      var j = 0
      while j &+ 4 &* V.width <= p.columns {
        sweep(j, AllColumns(), Twice<Twice<V>>.self)
        j &+= 4 &* V.width
      }
      if j &+ 2 &* V.width <= p.columns {
        tallSweep(j, AllColumns(), Twice<V>.self)
        j &+= 2 &* V.width
      }
      let rest = p.columns &- j
      if rest > V.width {
        tallSweep(j, FirstColumns(count: rest), Twice<V>.self)
      } else if rest > 0 {
        tallSweep(j, FirstColumns(count: rest), V.self)
      }
    }

    /// All rows of a run of few columns.
    @inline(__always) private func tallSweep<V: ColumnVector>(
      _ j: Int, _ edge: some ColumnEdge, _: V.Type
    ) where V.Scalar == Scalar {
      let i = blocks(from: 0, j, edge, TwelveRows<V>.self)
      sweep(from: i, j, edge, V.self)
    }
  }
#else
  extension TiledProduct {
    /// All of C.
    @inline(__always) func run<V: ColumnVector>(_: V.Type) where V.Scalar == Scalar {
      var j = 0
      while j &+ V.width <= p.columns {
        sweep(j, AllColumns(), V.self)
        j &+= V.width
      }
      if j < p.columns { sweep(j, FirstColumns(count: p.columns &- j), V.self) }
    }
  }
#endif
