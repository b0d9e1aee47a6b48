import KernelTables

extension Tape {
  /// scale x + shift with two fixed numbers.
  ///
  ///     dx = scale dy
  package func affine(_ x: Tensor, scale: Double = 1, shift: Double = 0) -> Tensor {
    let y = allocate(x.shape)
    kernels.affine(
      x.data, scale: scale, shift: shift, to: y.data, count: x.count, accumulating: false)
    let out = records(x) ? record(y, x, saved: keep(scale), backward: affineBackward) : y
    return pushForward(out, x) { self.scale($0, by: scale) }
  }

  /// A fixed multiple of x.
  package func scale(_ x: Tensor, by factor: Double) -> Tensor { affine(x, scale: factor) }
}

private func affineBackward(_ tape: Tape, _ node: Tape.Node, _ dy: UnsafeMutableRawPointer) {
  let x = node.inputs.0
  let (dx, isFresh) = tape.gradientBuffer(of: x)
  tape.kernels.affine(
    dy, scale: node.kept(as: Double.self), shift: 0, to: dx, count: x.count,
    accumulating: !isFresh)
}
