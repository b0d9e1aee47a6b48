import KernelTables

extension ReferenceKernels {
  package static func binary(
    _ function: BinaryFunction, _ a: RepeatedMatrix, _ b: RepeatedMatrix,
    to out: UnsafeMutableRawPointer, rows: Int, columns: Int
  ) {
    let value = definition(of: function)
    for r in 0..<rows {
      for j in 0..<columns {
        out.doubles[r * columns + j] = value(
          a.data.doubles[r * a.rowStride + j * a.columnStride],
          b.data.doubles[r * b.rowStride + j * b.columnStride])
      }
    }
  }

  /// The function in double precision.
  package static func definition(of function: BinaryFunction) -> (Double, Double) -> Double {
    switch function {
    case .add: { $0 + $1 }
    case .subtract: { $0 - $1 }
    case .multiply: { $0 * $1 }
    case .divide: { $0 / $1 }
    case .maximum: { $1 > $0 ? $1 : $0 }
    case .minimum: { $1 < $0 ? $1 : $0 }
    case .isLess: { $0 < $1 ? 1 : 0 }
    case .isEqual: { $0 == $1 ? 1 : 0 }
    }
  }

  package static func accumulateRowSums(
    _ x: UnsafeRawPointer, into out: UnsafeMutableRawPointer, rows: Int, columns: Int
  ) {
    for r in 0..<rows {
      var sum = 0.0
      for j in 0..<columns { sum += x.doubles[r * columns + j] }
      out.doubles[r] += sum
    }
  }
}
