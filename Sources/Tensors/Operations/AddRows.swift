import KernelTables

extension Tape {
  /// x[g, r, :] + table[g, :]: one row of the table for each group of rows.
  ///
  ///     dx = dy,  dtable[g, :] += Σ_r dy[g, r, :]
  ///
  /// - Parameters:
  ///   - x: [groups × rows, columns].
  ///   - table: [groups, columns].
  package func addRows(_ x: Tensor, _ table: Tensor) -> Tensor {
    let (groups, columns) = (table.shape.rows, table.shape.columns)
    precondition(
      x.shape.columns == columns && x.shape.rows % max(1, groups) == 0,
      "addRows: x is \(x.shape), table \(table.shape)")
    let y = allocate(x.shape)
    kernels.addRows(
      x.data, table.data, to: y.data, groups: groups, rows: x.shape.rows / max(1, groups),
      columns: columns)
    let out = records(x, table) ? record(y, x, table, backward: addRowsBackward) : y
    return pushForward(out, x, { $0 }, table, { addRows(constant(0, x.shape), $0) })
  }
}

private func addRowsBackward(_ tape: Tape, _ node: Tape.Node, _ dy: UnsafeMutableRawPointer) {
  let (x, table) = (node.inputs.0, node.inputs.1)
  if x.isVariable {
    tape.kernels.accumulate(dy, into: tape.gradient(of: x), count: x.count)
  }
  if table.isVariable {
    let groups = table.shape.rows
    tape.kernels.accumulateRows(
      dy, into: tape.gradient(of: table), groups: groups, rows: x.shape.rows / max(1, groups),
      columns: table.shape.columns)
  }
}
