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
    let (y, isFound) = allocateProduct(x.shape.replacing(axis: -1, with: outputs))
    if !isFound {
      let product = MatrixProduct(
        a: x.data, b: weight.data, c: y.data, rows: rows, columns: outputs, depth: inputs)
      kernels.product(bias.map { product.adding(row: $0.data) } ?? product)
    }
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
  let gradients = LinearGradients(tape, node, transpose: transpose, hasBias: hasBias)
  gradients.send(dy, rows: 0..<node.output.shape.rows)
}

/// Where the gradients of x W + b go, rows by rows.
///
/// Sums over rows run in their order, so runs of rows give the bits of all at once.
struct LinearGradients {
  private let tape: Tape
  private let x: UnsafeMutableRawPointer
  /// Wᵀ, [outputs, inputs].
  private let transpose: UnsafeRawPointer
  private let inputs, outputs: Int
  private let dx, dWeight, dBias: UnsafeMutableRawPointer?
  private let isFresh: Bool

  init(_ tape: Tape, _ node: Tape.Node, transpose: UnsafeRawPointer, hasBias: Bool) {
    let (x, weight, bias) = node.inputs
    (self.tape, self.x, self.transpose) = (tape, x.data, transpose)
    (inputs, outputs) = (weight.shape[0], weight.shape[1])
    dWeight = weight.isVariable ? tape.gradient(of: weight) : nil
    dBias = hasBias && bias.isVariable ? tape.gradient(of: bias) : nil
    let buffer = x.isVariable ? tape.gradientBuffer(of: x) : nil
    (dx, isFresh) = (buffer?.data, buffer?.isFresh ?? false)
  }

  /// Sends what some rows add.
  /// - Parameter dy: The gradient of these rows, [rows, outputs].
  func send(_ dy: UnsafeMutableRawPointer, rows: Range<Int>) {
    let (kernels, offset) = (tape.kernels, rows.lowerBound * inputs * tape.type.byteCount)
    if let dWeight {
      let product = MatrixProduct(
        a: x + offset, b: dy, c: dWeight, rows: inputs, columns: outputs, depth: rows.count)
      kernels.product(product.transposingA().accumulating())
    }
    if let dBias {
      kernels.accumulateRows(dy, into: dBias, groups: 1, rows: rows.count, columns: outputs)
    }
    if let dx {
      let product = MatrixProduct(
        a: dy, b: transpose, c: dx + offset, rows: rows.count, columns: inputs, depth: outputs)
      kernels.product(isFresh ? product : product.accumulating())
    }
  }
}
