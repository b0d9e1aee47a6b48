import KernelTables

// Loops over rows. Sums over rows run from the first to the last, so they do not depend on how
// wide a vector is; the columns are independent of each other.

extension VectorKernels {
  package static func addRows(
    _ x: UnsafeRawPointer, _ table: UnsafeRawPointer, to y: UnsafeMutableRawPointer, groups: Int,
    rows: Int, columns: Int
  ) {
    for g in 0..<groups {
      let added = table.floats + g * columns
      for r in 0..<rows {
        let offset = (g * rows + r) * columns
        let source = x.floats + offset
        let destination = y.floats + offset
        forEachRun(columns) { j, run in
          run.store(run.load(source + j) + run.load(added + j), destination + j)
        }
      }
    }
  }

  package static func accumulateRows(
    _ x: UnsafeRawPointer, into out: UnsafeMutableRawPointer, groups: Int, rows: Int, columns: Int
  ) {
    for g in 0..<groups {
      let first = x.floats + g * rows * columns
      let out = out.floats + g * columns
      forEachRun(columns) { j, run in
        var sum = run.load(UnsafePointer(out + j))
        for r in 0..<rows { sum += run.load(first + r * columns + j) }
        run.store(sum, out + j)
      }
    }
  }

  package static func accumulate(
    _ x: UnsafeRawPointer, into out: UnsafeMutableRawPointer, count: Int
  ) {
    let source = x.floats
    let out = out.floats
    forEachRun(count) { i, run in
      run.store(run.load(UnsafePointer(out + i)) + run.load(source + i), out + i)
    }
  }

  package static func addScaledRows(
    _ x: UnsafeRawPointer, scale: UnsafeRawPointer, scaleColumns: Int, _ z: UnsafeRawPointer,
    to y: UnsafeMutableRawPointer, groups: Int, rows: Int, columns: Int
  ) {
    for g in 0..<groups {
      let factor = scale.floats + g * scaleColumns
      for r in 0..<rows {
        let offset = (g * rows + r) * columns
        forEachRun(columns) { j, run in
          let s = scaleColumns == 1 ? Lanes(repeating: factor[0]) : run.load(factor + j)
          let product = run.load(x.floats + offset + j).addingProduct(
            s, run.load(z.floats + offset + j))
          run.store(product, y.floats + offset + j)
        }
      }
    }
  }

  package static func accumulateRowProducts(
    _ x: UnsafeRawPointer, _ z: UnsafeRawPointer, into scale: UnsafeMutableRawPointer,
    scaleColumns: Int, groups: Int, rows: Int, columns: Int
  ) {
    for g in 0..<groups {
      let offset = g * rows * columns
      let out = scale.floats + g * scaleColumns
      if scaleColumns == 1 {
        var sum = Lanes()
        forEachRun(rows * columns) { i, run in
          sum = sum.addingProduct(run.load(x.floats + offset + i), run.load(z.floats + offset + i))
        }
        out[0] += sumOfLanes(sum)
      } else {
        forEachRun(columns) { j, run in
          var sum = run.load(UnsafePointer(out + j))
          for r in 0..<rows {
            let i = offset + r * columns + j
            sum = sum.addingProduct(run.load(x.floats + i), run.load(z.floats + i))
          }
          run.store(sum, out + j)
        }
      }
    }
  }

  package static func copyColumns(
    _ x: UnsafeRawPointer, stride: Int, to y: UnsafeMutableRawPointer, stride yStride: Int,
    rows: Int, columns: Int
  ) {
    for r in 0..<rows {
      let source = x.floats + r * stride
      let destination = y.floats + r * yStride
      forEachRun(columns) { j, run in run.store(run.load(source + j), destination + j) }
    }
  }

  package static func accumulateColumns(
    _ x: UnsafeRawPointer, stride: Int, into y: UnsafeMutableRawPointer, stride yStride: Int,
    rows: Int, columns: Int
  ) {
    for r in 0..<rows {
      let source = x.floats + r * stride
      let destination = y.floats + r * yStride
      forEachRun(columns) { j, run in
        run.store(run.load(UnsafePointer(destination + j)) + run.load(source + j), destination + j)
      }
    }
  }
}
