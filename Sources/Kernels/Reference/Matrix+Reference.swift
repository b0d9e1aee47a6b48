import KernelTables

extension ReferenceKernels {
  package static func product(_ p: MatrixProduct) {
    for i in 0..<p.rows {
      for j in 0..<p.columns {
        var sum = p.start.map { $0.doubles[i * p.startRowStride + j] } ?? 0
        for k in 0..<p.depth {
          let a = p.a.doubles[i * p.aRowStride + k * p.aColumnStride]
          sum = sum.addingProduct(a, p.b.doubles[k * p.bRowStride + j * p.bColumnStride])
        }
        let factor = p.factor.map { $0.doubles[i * p.cRowStride + j] } ?? 1
        p.c.doubles[i * p.cRowStride + j] = sum * factor
      }
    }
  }

  package static func doubleProduct(_ product: MatrixProduct) { self.product(product) }

  package static func transpose(
    _ matrix: UnsafeRawPointer, to result: UnsafeMutableRawPointer, rows: Int, columns: Int
  ) {
    for i in 0..<rows {
      for j in 0..<columns { result.doubles[j * rows + i] = matrix.doubles[i * columns + j] }
    }
  }
}
