import KernelTables

extension Tape {
  /// x[g, r, j] + scale[g, j] z[g, r, j], with a constant z; a scale of one column serves all j.
  ///
  ///     dx = dy,  dscale[g, j] += Σ_r dy[g, r, j] z[g, r, j]
  ///
  /// - Parameters:
  ///   - x: [groups × rows, columns].
  ///   - scale: [groups, columns] or [groups, 1].
  ///   - z: Same shape as x.
  package func addScaledRows(_ x: Tensor, scale: Tensor, _ z: Tensor) -> Tensor {
    let groups = scale.shape.rows
    precondition(
      x.shape == z.shape && [1, x.shape.columns].contains(scale.shape.columns),
      "addScaledRows: x is \(x.shape), scale \(scale.shape), z \(z.shape)")
    precondition(!z.isVariable && !z.hasTangent, "addScaledRows: z is a constant")
    let y = allocate(x.shape)
    kernels.addScaledRows(
      x.data, scale: scale.data, scaleColumns: scale.shape.columns, z.data, to: y.data,
      groups: groups, rows: x.shape.rows / max(1, groups), columns: x.shape.columns)
    let out = records(x, scale) ? record(y, x, scale, z, backward: addScaledRowsBackward) : y
    return pushForward(
      out, x, { $0 }, scale, { addScaledRows(constant(0, x.shape), scale: $0, z) })
  }
}

private func addScaledRowsBackward(
  _ tape: Tape, _ node: Tape.Node, _ dy: UnsafeMutableRawPointer
) {
  let (x, scale, z) = node.inputs
  if x.isVariable {
    tape.kernels.accumulate(dy, into: tape.gradient(of: x), count: x.count)
  }
  if scale.isVariable {
    let groups = scale.shape.rows
    tape.kernels.accumulateRowProducts(
      dy, z.data, into: tape.gradient(of: scale), scaleColumns: scale.shape.columns,
      groups: groups, rows: x.shape.rows / max(1, groups), columns: x.shape.columns)
  }
}
