import KernelTables

extension Tape {
  /// x W + b.
  ///
  ///     dx = dy Wᵀ,  dW += xᵀ dy,  db += Σ rows of dy
  ///
  /// - Parameters:
  ///   - x: [rows, inputs].
  ///   - weight: [inputs, outputs].
  ///   - bias: [outputs].
  ///   - transpose: The weight's transpose, [outputs, inputs].
  /// - Returns: [rows, outputs].
  package func linear(
    _ x: Tensor, weight: Tensor, bias: Tensor, transpose: UnsafeRawPointer
  ) -> Tensor {
    let (rows, inputs, outputs) = (x.shape.rows, weight.shape[0], weight.shape[1])
    precondition(x.shape.columns == inputs, "linear: x is \(x.shape), weight \(weight.shape)")
    let y = allocate(Shape(rows: rows, columns: outputs))
    let product = MatrixProduct(
      a: x.data, b: weight.data, c: y.data, rows: rows, columns: outputs, depth: inputs)
    kernels.product(product.adding(row: bias.data))
    guard records(x, weight, bias) else { return y }
    return record(
      y, x, weight, bias, saved: UnsafeMutableRawPointer(mutating: transpose),
      backward: linearBackward)
  }
}

private func linearBackward(_ tape: Tape, _ node: Tape.Node, _ dy: UnsafeMutableRawPointer) {
  let (x, weight, bias) = node.inputs
  let (rows, inputs, outputs) = (x.shape.rows, weight.shape[0], weight.shape[1])
  if weight.isVariable {
    let product = MatrixProduct(
      a: x.data, b: dy, c: tape.gradient(of: weight), rows: inputs, columns: outputs, depth: rows)
    tape.kernels.product(product.transposingA().accumulating())
  }
  if bias.isVariable {
    tape.kernels.accumulateRows(
      dy, into: tape.gradient(of: bias), groups: 1, rows: rows, columns: outputs)
  }
  if x.isVariable, let transpose = node.saved {
    let (dx, isFresh) = tape.gradientBuffer(of: x)
    let product = MatrixProduct(
      a: dy, b: transpose, c: dx, rows: rows, columns: inputs, depth: outputs)
    tape.kernels.product(isFresh ? product : product.accumulating())
  }
}
