extension Tape {
  /// The running sums along an axis, the last by default: y_k = x_0 + … + x_k.
  ///
  ///     dx_k = dy_k + dy_{k+1} + …
  package func cumulativeSum(_ x: Tensor, axis: Int = -1) -> Tensor {
    let axis = axis < 0 ? axis + x.shape.rank : axis
    let y = allocate(x.shape)
    y.data.copyMemory(from: x.data, byteCount: x.byteCount)
    runSums(y.data, x.shape, axis, backwards: false)
    let out =
      records(x) ? record(y, x, numbers: (axis, 0), backward: cumulativeSumBackward) : y
    return pushForward(out, x) { cumulativeSum($0, axis: axis) }
  }

  /// Adds each entry along an axis to the next, from the first on or from the last.
  fileprivate func runSums(
    _ x: UnsafeMutableRawPointer, _ shape: Shape, _ axis: Int, backwards: Bool
  ) {
    let (size, inner) = (shape[axis], shape.count(of: axis + 1..<shape.rank))
    let bytes = inner * type.byteCount
    for outer in 0..<shape.count(of: 0..<axis) {
      let first = x + outer * size * bytes
      for k in 1..<max(1, size) {
        let (from, to) = backwards ? (size - k, size - k - 1) : (k - 1, k)
        kernels.accumulate(first + from * bytes, into: first + to * bytes, count: inner)
      }
    }
  }
}

private func cumulativeSumBackward(
  _ tape: Tape, _ node: Tape.Node, _ dy: UnsafeMutableRawPointer
) {
  let x = node.inputs.0
  let sums = tape.allocate(x.shape)
  sums.data.copyMemory(from: dy, byteCount: x.byteCount)
  tape.runSums(sums.data, x.shape, node.numbers.0, backwards: true)
  tape.kernels.accumulate(sums.data, into: tape.gradient(of: x), count: x.count)
}
