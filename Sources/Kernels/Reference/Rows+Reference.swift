import KernelTables

extension ReferenceKernels {
  package static func addRows(
    _ x: UnsafeRawPointer, _ table: UnsafeRawPointer, to y: UnsafeMutableRawPointer, groups: Int,
    rows: Int, columns: Int
  ) {
    forEachElement(groups, rows, columns) { g, i, j in
      y.doubles[i] = x.doubles[i] + table.doubles[g * columns + j]
    }
  }

  package static func accumulateRows(
    _ x: UnsafeRawPointer, into out: UnsafeMutableRawPointer, groups: Int, rows: Int, columns: Int
  ) {
    forEachElement(groups, rows, columns) { g, i, j in
      out.doubles[g * columns + j] += x.doubles[i]
    }
  }

  package static func accumulate(
    _ x: UnsafeRawPointer, into out: UnsafeMutableRawPointer, count: Int
  ) {
    for i in 0..<count { out.doubles[i] += x.doubles[i] }
  }

  package static func addScaledRows(
    _ x: UnsafeRawPointer, scale: UnsafeRawPointer, scaleColumns: Int, _ z: UnsafeRawPointer,
    to y: UnsafeMutableRawPointer, groups: Int, rows: Int, columns: Int
  ) {
    forEachElement(groups, rows, columns) { g, i, j in
      let s = scale.doubles[g * scaleColumns + (scaleColumns == 1 ? 0 : j)]
      y.doubles[i] = x.doubles[i] + s * z.doubles[i]
    }
  }

  package static func accumulateRowProducts(
    _ x: UnsafeRawPointer, _ z: UnsafeRawPointer, into scale: UnsafeMutableRawPointer,
    scaleColumns: Int, groups: Int, rows: Int, columns: Int
  ) {
    forEachElement(groups, rows, columns) { g, i, j in
      scale.doubles[g * scaleColumns + (scaleColumns == 1 ? 0 : j)] += x.doubles[i] * z.doubles[i]
    }
  }

  package static func copyColumns(
    _ x: UnsafeRawPointer, stride: Int, to y: UnsafeMutableRawPointer, stride yStride: Int,
    rows: Int, columns: Int
  ) {
    forEachElement(1, rows, columns) { _, i, j in
      let r = i / columns
      y.doubles[r * yStride + j] = x.doubles[r * stride + j]
    }
  }

  package static func accumulateColumns(
    _ x: UnsafeRawPointer, stride: Int, into y: UnsafeMutableRawPointer, stride yStride: Int,
    rows: Int, columns: Int
  ) {
    forEachElement(1, rows, columns) { _, i, j in
      let r = i / columns
      y.doubles[r * yStride + j] += x.doubles[r * stride + j]
    }
  }

  /// Calls `body` with the group, the flat index and the column of each element.
  private static func forEachElement(
    _ groups: Int, _ rows: Int, _ columns: Int, _ body: (_ g: Int, _ i: Int, _ j: Int) -> Void
  ) {
    for g in 0..<groups {
      for r in 0..<rows {
        for j in 0..<columns { body(g, (g * rows + r) * columns + j, j) }
      }
    }
  }
}
