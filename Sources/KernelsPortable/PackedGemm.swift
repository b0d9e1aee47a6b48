import KernelTables

// Large products. Where B has long rows, a tile's column of B touches a page a row, and where B is
// larger than the cache every tile fetches it anew. So 256 rows of B at a time are copied as panels
// of 64 columns, 64 KB each, and the rows of A are taken in blocks that stay in the cache while
// they meet all panels.
//
// Each slab of B adds to C what the ones before have stored. A stored float is the register's value,
// so the order of additions, and the bits, are those of the plain loop.

/// Rows of a panel.
private let panelDepth = 256

/// Columns of a panel: the widest tile.
private let panelColumns = 64

/// Rows of A that meet all panels in turn: 240 KB of them.
private let blockRows = 240

/// Bytes of B beyond which packing pays, if enough rows share the copy.
private let largeBytes = 128 << 10

/// Whether a product is better packed.
func isLarge(_ p: MatrixProduct) -> Bool {
  p.rows >= 48 && p.columns >= panelColumns && 4 * p.depth * p.columns > largeBytes
}

/// C = start + A B through panels of B.
func packedProduct(_ p: MatrixProduct) {
  let slab = UnsafeMutablePointer<Float>.allocate(capacity: panelDepth * p.columns)
  defer { slab.deallocate() }
  for k in stride(from: 0, to: p.depth, by: panelDepth) {
    let depth = min(panelDepth, p.depth - k)
    pack(p, row: k, rows: depth, to: slab)
    for i in stride(from: 0, to: p.rows, by: blockRows) {
      for j in stride(from: 0, to: p.columns, by: panelColumns) {
        VectorKernels.product(part(p, i, j, k, depth, slab + j * depth))
      }
    }
  }
}

/// What one block of A and one panel of B contribute.
private func part(
  _ p: MatrixProduct, _ i: Int, _ j: Int, _ k: Int, _ depth: Int,
  _ panel: UnsafeMutablePointer<Float>
) -> MatrixProduct {
  var part = p
  part.rows = min(blockRows, p.rows - i)
  part.columns = min(panelColumns, p.columns - j)
  part.depth = depth
  part.a = p.a + 4 * (i * p.aRowStride + k * p.aColumnStride)
  part.b = UnsafeRawPointer(panel)
  part.bRowStride = part.columns
  part.c = p.c + 4 * (i * p.cRowStride + j)
  if k > 0 {
    (part.start, part.startRowStride) = (UnsafeRawPointer(part.c), p.cRowStride)
  } else {
    part.start = p.start.map { $0 + 4 * (i * p.startRowStride + j) }
  }
  return part
}

/// Copies rows of B as panels, one after the other, each [rows, its columns].
private func pack(
  _ p: MatrixProduct, row: Int, rows: Int, to slab: UnsafeMutablePointer<Float>
) {
  for j in stride(from: 0, to: p.columns, by: panelColumns) {
    let columns = min(panelColumns, p.columns - j)
    let b = p.b.floats + row * p.bRowStride + j
    let panel = slab + j * rows
    for k in 0..<rows {
      (panel + k * columns).update(from: b + k * p.bRowStride, count: columns)
    }
  }
}
