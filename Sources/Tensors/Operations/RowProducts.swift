import KernelTables

extension Tape {
  /// The product of every row with one vector, plus a number: a linear layer of one output.
  ///
  ///     dx = dy w,  dw += Σ dy_r x_r,  db += Σ dy_r
  ///
  /// - Parameters:
  ///   - x: [rows …, columns].
  ///   - w: As many elements as x has columns.
  ///   - bias: One number; nil for none.
  /// - Returns: [rows …, 1].
  package func rowDots(_ x: Tensor, _ w: Tensor, bias: Tensor? = nil) -> Tensor {
    precondition(
      w.count == x.shape.columns && bias?.count ?? 1 == 1, "rowDots: \(x.shape) with \(w.shape)")
    let y = allocate(x.shape.replacing(axis: -1, with: 1))
    kernels.rowDots(
      x.data, w.data, start: bias.map { UnsafeRawPointer($0.data) }, to: y.data,
      rows: x.shape.rows, columns: x.shape.columns)
    let recorded =
      records(x, w, bias)
      ? record(y, x, w, bias, numbers: (bias == nil ? 0 : 1, 0), backward: rowDotsBackward) : y
    let out = pushForward(recorded, x, { rowDots($0, w) }, w, { rowDots(x, $0) })
    guard let bias else { return out }
    return pushForwardAdding(out, bias) { broadcast(reshape($0, Shape(1)), to: y.shape) }
  }

  /// Every row times a number of its own.
  ///
  ///     dx = s dy,  ds_r = Σ_j dy_rj x_rj
  ///
  /// - Parameters:
  ///   - x: [rows …, columns].
  ///   - s: One number a row.
  package func scaleRows(_ x: Tensor, by s: Tensor) -> Tensor {
    precondition(s.count == x.shape.rows, "scaleRows: \(x.shape) by \(s.shape)")
    let y = allocate(x.shape)
    kernels.scaleRows(
      x.data, by: s.data, to: y.data, rows: x.shape.rows, columns: x.shape.columns)
    let out = records(x, s) ? record(y, x, s, backward: scaleRowsBackward) : y
    return pushForward(out, x, { scaleRows($0, by: s) }, s, { scaleRows(x, by: $0) })
  }

  /// Lets `write` write the gradient of a variable, or of a constant, where it goes nowhere.
  func writeGradient(of x: Tensor, _ write: (UnsafeMutableRawPointer) -> Void) {
    guard x.isVariable else { return write(allocate(x.shape).data) }
    let (dx, isFresh) = gradientBuffer(of: x)
    if isFresh { return write(dx) }
    let part = allocate(x.shape)
    write(part.data)
    kernels.accumulate(part.data, into: dx, count: x.count)
  }

  /// A tensor of zeros.
  package func zeros(_ shape: Shape) -> Tensor {
    let tensor = allocate(shape)
    tensor.data.initializeMemory(as: UInt8.self, repeating: 0, count: tensor.byteCount)
    return tensor
  }
}

private func rowDotsBackward(_ tape: Tape, _ node: Tape.Node, _ dy: UnsafeMutableRawPointer) {
  let (x, w, bias) = node.inputs
  let target = x.isVariable ? tape.gradientBuffer(of: x) : nil
  tape.kernels.rowDotGradients(
    x.data, w.data, dy, dx: target?.data, accumulating: target.map { !$0.isFresh } ?? false,
    dw: w.isVariable ? tape.gradient(of: w) : nil, rows: x.shape.rows, columns: x.shape.columns)
  if node.numbers.0 == 1, bias.isVariable {
    tape.kernels.accumulateRowSums(
      dy, into: tape.gradient(of: bias), rows: 1, columns: x.shape.rows)
  }
}

private func scaleRowsBackward(_ tape: Tape, _ node: Tape.Node, _ dy: UnsafeMutableRawPointer) {
  let (x, s) = (node.inputs.0, node.inputs.1)
  let target = x.isVariable ? tape.gradientBuffer(of: x) : nil
  tape.writeGradient(of: s) { ds in
    tape.kernels.scaleRowGradients(
      x.data, by: s.data, dy, dx: target?.data,
      accumulating: target.map { !$0.isFresh } ?? false, ds: ds, rows: x.shape.rows,
      columns: x.shape.columns)
  }
}
