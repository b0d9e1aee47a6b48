import KernelTables

extension Tape {
  /// x Φ(x), elementwise.
  ///
  ///     dx = dy (Φ(x) + x φ(x))
  ///
  /// The derivative is computed with the value, as both share their only exponential.
  package func gelu(_ x: Tensor) -> Tensor {
    let y = allocate(x.shape)
    guard records(x) else {
      kernels.map(.gelu, x.data, to: y.data, count: x.count)
      return y
    }
    let derivative = allocate(x.shape)
    kernels.mapWithDerivative(
      .gelu, x.data, to: y.data, derivative: derivative.data, count: x.count)
    return record(y, x, saved: derivative.data, backward: geluBackward)
  }
}

private func geluBackward(_ tape: Tape, _ node: Tape.Node, _ dy: UnsafeMutableRawPointer) {
  let x = node.inputs.0
  guard let derivative = node.saved else { return }
  let (dx, isFresh) = tape.gradientBuffer(of: x)
  tape.kernels.multiply(dy, derivative, to: dx, count: x.count, accumulating: !isFresh)
}
