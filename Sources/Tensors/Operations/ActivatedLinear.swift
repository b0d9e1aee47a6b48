import KernelTables

/// Bytes of weights that stay in the cache while rows go by.
private let cachedWeights = 128 << 10

/// Rows whose products stay in the cache until the function has met them.
private let cachedRows = 60

extension Tape {
  /// f(x W + b) for the last axis.
  ///
  ///     z = x W + b,  dz = f'(z) dy,  dx = dz Wᵀ,  dW += xᵀ dz,  db += Σ rows of dz
  ///
  /// The bits of `apply` after `linear`. f'(z) takes the place of z while it is in the cache, so that z is
  /// neither kept nor fetched again.
  /// - Parameters:
  ///   - x: [rows …, inputs].
  ///   - weight: [inputs, outputs].
  ///   - bias: [outputs]; nil for none.
  ///   - transpose: The weight's transpose, [outputs, inputs].
  ///   - function: f.
  /// - Returns: [rows …, outputs].
  package func linear(
    _ x: Tensor, weight: Tensor, bias: Tensor?, transpose: UnsafeRawPointer,
    then function: ElementwiseFunction
  ) -> Tensor {
    let isMoving = follows(x) || follows(weight) || bias.map(follows) ?? false
    guard records(x, weight, bias), !isMoving else {
      return apply(function, linear(x, weight: weight, bias: bias, transpose: transpose))
    }
    let (rows, inputs, outputs) = (x.shape.rows, weight.shape[0], weight.shape[1])
    precondition(x.shape.columns == inputs, "linear: x is \(x.shape), weight \(weight.shape)")
    let shape = x.shape.replacing(axis: -1, with: outputs)
    let (y, slope, size) = (allocate(shape), allocate(shape), type.byteCount)
    let run = inputs * outputs * size > cachedWeights ? max(1, rows) : cachedRows
    for first in stride(from: 0, to: rows, by: run) {
      let (count, z) = (min(run, rows - first), slope.data + first * outputs * size)
      let product = MatrixProduct(
        a: x.data + first * inputs * size, b: weight.data, c: z, rows: count, columns: outputs,
        depth: inputs)
      kernels.product(bias.map { product.adding(row: $0.data) } ?? product)
      kernels.mapWithDerivative(
        function, z, to: y.data + first * outputs * size, derivative: z, count: count * outputs)
    }
    let kept = ActivatedLinear(
      slope: slope.data, transpose: transpose, hasBias: bias != nil)
    return record(y, x, weight, bias, saved: keep(kept), backward: activatedLinearBackward)
  }
}

/// What the gradient needs.
private struct ActivatedLinear: BitwiseCopyable {
  /// f'(z), [rows, outputs].
  let slope: UnsafeMutableRawPointer
  let transpose: UnsafeRawPointer
  let hasBias: Bool
}

private func activatedLinearBackward(
  _ tape: Tape, _ node: Tape.Node, _ dy: UnsafeMutableRawPointer
) {
  let kept = node.kept(as: ActivatedLinear.self)
  let dz = tape.allocate(node.output.shape)
  tape.kernels.multiply(dy, kept.slope, to: dz.data, count: dz.count, accumulating: false)
  sendLinearGradients(
    tape, node, dz.data, transpose: kept.transpose, hasBias: kept.hasBias)
}
