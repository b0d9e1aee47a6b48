import CVectors
import KernelTables

// Functions of two matrices, one of which may repeat a row, a column or a number. Sums along a row
// use sixteen lanes, lane l adding elements l, l + 16, …, and the tree of `sumOfLanes`.

/// out = f(a, b) for every element.
@_transparent
private func combine(
  _ a: RepeatedMatrix, _ b: RepeatedMatrix, _ out: UnsafeMutableRawPointer, _ rows: Int,
  _ columns: Int, _ function: (Lanes, Lanes) -> Lanes
) {
  guard columns > 0 else { return }
  for r in 0..<rows {
    let aRow = a.data.floats + r &* a.rowStride
    let bRow = b.data.floats + r &* b.rowStride
    let result = out.floats + r &* columns
    let (aFixed, bFixed) = (Lanes(repeating: aRow[0]), Lanes(repeating: bRow[0]))
    var j = 0
    while j < columns {
      let remaining = columns &- j
      let x = a.columnStride == 0 ? aFixed : loadLanes(aRow + j, remaining: remaining)
      let y = b.columnStride == 0 ? bFixed : loadLanes(bRow + j, remaining: remaining)
      storeLanes(function(x, y), to: result + j, remaining: remaining)
      j &+= 16
    }
  }
}

/// 1 where a comparison holds, 0 elsewhere.
@_transparent
private func indicator(_ mask: LaneMask) -> Lanes {
  Lanes().replacing(with: Lanes(repeating: 1), where: mask)
}

extension VectorKernels {
  package static func binary(
    _ function: BinaryFunction, _ a: RepeatedMatrix, _ b: RepeatedMatrix,
    to out: UnsafeMutableRawPointer, rows: Int, columns: Int
  ) {
    switch function {
    case .add: combine(a, b, out, rows, columns) { $0 + $1 }
    case .subtract: combine(a, b, out, rows, columns) { $0 - $1 }
    case .multiply: combine(a, b, out, rows, columns) { $0 * $1 }
    case .divide: combine(a, b, out, rows, columns) { $0 / $1 }
    case .maximum: combine(a, b, out, rows, columns) { $0.replacing(with: $1, where: $1 .> $0) }
    case .minimum: combine(a, b, out, rows, columns) { $0.replacing(with: $1, where: $1 .< $0) }
    case .isLess: combine(a, b, out, rows, columns) { indicator($0 .< $1) }
    case .isEqual: combine(a, b, out, rows, columns) { indicator($0 .== $1) }
    }
  }

  package static func accumulateRowSums(
    _ x: UnsafeRawPointer, into out: UnsafeMutableRawPointer, rows: Int, columns: Int
  ) {
    for r in 0..<rows {
      let row = x.floats + r &* columns
      var sum = Lanes()
      var j = 0
      while j < columns {
        sum += loadLanes(row + j, remaining: columns &- j)
        j &+= 16
      }
      out.floats[r] += sumOfLanes(sum)
    }
  }
}
