import CVectors
import KernelTables

// Large products, and those with a transposed B. Where B has long rows, a tile's column of B touches
// a page a row, and where B is larger than the cache every tile fetches it anew. So 512 rows of B at a
// time are copied as panels of four vectors, 128 KB each, and the rows of A are taken in blocks that
// stay in the cache while they meet the panels.
//
// Each slab of B adds to C what the ones before have stored. A stored number is the register's value,
// so the order of additions, and the bits, are those of the plain loop.

/// Rows of a panel.
private let panelDepth = 512

/// Panels that are copied at a time: 1 MB.
private let slabPanels = 8

/// Rows of A that meet all panels in turn: 480 KB of them.
private let blockRows = 240

/// Bytes of B beyond which packing pays, if enough rows share the copy.
private let largeBytes = 128 << 10

extension MatrixLoops {
  /// Columns of a panel: the widest tile.
  @inline(__always) private static var panelColumns: Int { 4 * V.width }

  /// Whether the columns of B are not adjacent.
  @inline(__always) static func mustPack(_ p: MatrixProduct) -> Bool {
    p.bColumnStride != 1 && p.columns > 1
  }

  /// Whether copying B is faster than reading it where it is.
  @inline(__always) static func paysToPack(_ p: MatrixProduct) -> Bool {
    p.rows >= 48 && p.columns >= panelColumns && size * p.depth * p.columns > largeBytes
  }

  /// C = start + A B through panels of B.
  @inline(never) static func packedProduct(_ p: MatrixProduct) {
    guard p.depth > 0 else { return plainProduct(p) }
    let slab = threadScratch().assumingMemoryBound(to: Scalar.self)
    for j in stride(from: 0, to: p.columns, by: slabPanels * panelColumns) {
      let columns = min(slabPanels * panelColumns, p.columns - j)
      for k in stride(from: 0, to: p.depth, by: panelDepth) {
        addSlab(part(p, j, columns, k, min(panelDepth, p.depth - k)), slab)
      }
    }
  }

  /// Copies the product's B, one slab, and multiplies.
  private static func addSlab(_ p: MatrixProduct, _ slab: UnsafeMutablePointer<Scalar>) {
    pack(p, to: slab)
    for i in stride(from: 0, to: p.rows, by: blockRows) {
      for j in stride(from: 0, to: p.columns, by: panelColumns) {
        plainProduct(part(p, i, j, slab + j * p.depth))
      }
    }
  }

  /// What some rows and columns of B contribute to C.
  private static func part(
    _ p: MatrixProduct, _ j: Int, _ columns: Int, _ k: Int, _ depth: Int
  ) -> MatrixProduct {
    var part = p
    (part.columns, part.depth) = (columns, depth)
    part.a += size * k * p.aColumnStride
    part.b += size * (k * p.bRowStride + j * p.bColumnStride)
    part.c += size * j
    part.start = p.start.map { $0 + size * j }
    part.factor = k + depth == p.depth ? p.factor.map { $0 + size * j } : nil
    return k > 0 ? part.accumulating() : part
  }

  /// What one block of A and one panel of B contribute.
  private static func part(
    _ p: MatrixProduct, _ i: Int, _ j: Int, _ panel: UnsafeMutablePointer<Scalar>
  ) -> MatrixProduct {
    var part = p
    part.rows = min(blockRows, p.rows - i)
    part.columns = min(panelColumns, p.columns - j)
    part.a += size * i * p.aRowStride
    part.b = UnsafeRawPointer(panel)
    (part.bRowStride, part.bColumnStride) = (part.columns, 1)
    part.c += size * (i * p.cRowStride + j)
    part.start = p.start.map { $0 + size * (i * p.startRowStride + j) }
    part.factor = p.factor.map { $0 + size * (i * p.cRowStride + j) }
    return part
  }

  /// Copies B as panels, one after the other, each [depth, its columns].
  private static func pack(_ p: MatrixProduct, to slab: UnsafeMutablePointer<Scalar>) {
    for j in stride(from: 0, to: p.columns, by: panelColumns) {
      let columns = min(panelColumns, p.columns - j)
      let b = p.b.assumingMemoryBound(to: Scalar.self) + j * p.bColumnStride
      let panel = slab + j * p.depth
      if p.bColumnStride != 1 {
        V.transpose(
          b, p.bRowStride, p.bColumnStride, to: panel, columns, rows: p.depth, columns: columns)
      } else {
        for k in 0..<p.depth {
          (panel + k * columns).update(from: b + k * p.bRowStride, count: columns)
        }
      }
    }
  }
}
