import KernelTables

extension Tape {
  /// The columns first ..< first + count of x, as a dense tensor.
  ///
  ///     dx[:, first ..< first + count] += dy
  package func columns(_ x: Tensor, from first: Int, count: Int) -> Tensor {
    let (rows, total) = (x.shape.rows, x.shape.columns)
    precondition(first >= 0 && first + count <= total, "columns: \(first)+\(count) of \(x.shape)")
    let y = allocate(Shape(rows: rows, columns: count))
    kernels.copyColumns(
      x.data + first * type.byteCount, stride: total, to: y.data, stride: count, rows: rows,
      columns: count)
    guard records(x) else { return y }
    return record(y, x, numbers: (first, count), backward: columnsBackward)
  }
}

private func columnsBackward(_ tape: Tape, _ node: Tape.Node, _ dy: UnsafeMutableRawPointer) {
  let x = node.inputs.0
  let (first, count) = node.numbers
  let dx = tape.gradient(of: x) + first * tape.type.byteCount
  tape.kernels.accumulateColumns(
    dy, stride: count, into: dx, stride: x.shape.columns, rows: x.shape.rows, columns: count)
}
