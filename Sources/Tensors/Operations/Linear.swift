import KernelTables

extension Tape {
  /// x W + b for the last axis.
  ///
  ///     dx = dy Wᵀ,  dW += xᵀ dy,  db += Σ rows of dy
  ///
  /// - Parameters:
  ///   - x: [rows …, inputs].
  ///   - weight: [inputs, outputs].
  ///   - bias: [outputs]; nil for none.
  ///   - transpose: The weight's transpose, [outputs, inputs].
  /// - Returns: [rows …, outputs].
  package func linear(
    _ x: Tensor, weight: Tensor, bias: Tensor?, transpose: UnsafeRawPointer
  ) -> Tensor {
    let (rows, inputs, outputs) = (x.shape.rows, weight.shape[0], weight.shape[1])
    precondition(x.shape.columns == inputs, "linear: x is \(x.shape), weight \(weight.shape)")
    let y = allocate(x.shape.replacing(axis: -1, with: outputs))
    let product = MatrixProduct(
      a: x.data, b: weight.data, c: y.data, rows: rows, columns: outputs, depth: inputs)
    kernels.product(bias.map { product.adding(row: $0.data) } ?? product)
    let recorded =
      records(x, weight, bias)
      ? record(
        y, x, weight, bias, saved: UnsafeMutableRawPointer(mutating: transpose),
        numbers: (bias == nil ? 0 : 1, 0), backward: linearBackward) : y
    let out = pushForward(
      recorded, x, { linear($0, weight: weight, bias: nil, transpose: transpose) },
      weight, { matrix(x, $0, y.shape) })
    guard let bias else { return out }
    return pushForwardAdding(out, bias) { broadcast($0, to: y.shape) }
  }

  /// x W for the last axis, with a W that has no transpose at hand.
  private func matrix(_ x: Tensor, _ weight: Tensor, _ shape: Shape) -> Tensor {
    reshape(product(reshape(x, Shape(x.shape.rows, x.shape.columns)), weight), shape)
  }
}

private func linearBackward(_ tape: Tape, _ node: Tape.Node, _ dy: UnsafeMutableRawPointer) {
  guard let transpose = node.saved else { return }
  sendLinearGradients(
    tape, node, dy, transpose: UnsafeRawPointer(transpose), hasBias: node.numbers.0 == 1)
}

/// Sends the gradient of x W + b to x, W and b.
func sendLinearGradients(
  _ tape: Tape, _ node: Tape.Node, _ dy: UnsafeMutableRawPointer, transpose: UnsafeRawPointer,
  hasBias: Bool
) {
  let (x, weight, bias) = node.inputs
  let (rows, inputs, outputs) = (x.shape.rows, weight.shape[0], weight.shape[1])
  if weight.isVariable {
    let product = MatrixProduct(
      a: x.data, b: dy, c: tape.gradient(of: weight), rows: inputs, columns: outputs, depth: rows)
    tape.kernels.product(product.transposingA().accumulating())
  }
  if hasBias, bias.isVariable {
    tape.kernels.accumulateRows(
      dy, into: tape.gradient(of: bias), groups: 1, rows: rows, columns: outputs)
  }
  if x.isVariable {
    let (dx, isFresh) = tape.gradientBuffer(of: x)
    let product = MatrixProduct(
      a: dy, b: transpose, c: dx, rows: rows, columns: inputs, depth: outputs)
    tape.kernels.product(isFresh ? product : product.accumulating())
  }
}
