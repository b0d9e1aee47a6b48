import KernelTables

extension Tape {
  /// [sin(t f + φ), cos(t f + φ)] with learned phases φ.
  ///
  ///     dφ += Σ_r cos(·) dy_sin - sin(·) dy_cos
  ///
  /// - Parameters:
  ///   - t: [rows, 1], a constant.
  ///   - frequencies: [count], a constant.
  ///   - phases: [count].
  /// - Returns: [rows, 2 count].
  package func fourier(_ t: Tensor, frequencies: Tensor, phases: Tensor) -> Tensor {
    let (rows, count) = (t.shape.rows, phases.count)
    precondition(frequencies.count == count, "fourier: one phase for each frequency")
    precondition(!t.isVariable && !frequencies.isVariable, "fourier: only the phases vary")
    let y = allocate(Shape(rows, 2 * count))
    kernels.fourier(
      t.data, frequencies: frequencies.data, phases: phases.data, to: y.data, rows: rows,
      count: count)
    let out = records(phases) ? record(y, phases, backward: fourierBackward) : y
    return pushForward(out, phases) { moved in
      let (sine, cosine) = (slice(out, 0..<count), slice(out, count..<2 * count))
      return concatenate(multiply(cosine, moved), scale(multiply(sine, moved), by: -1))
    }
  }
}

private func fourierBackward(_ tape: Tape, _ node: Tape.Node, _ dy: UnsafeMutableRawPointer) {
  let (phases, y) = (node.inputs.0, node.output)
  tape.kernels.fourierGradient(
    y.data, dy, into: tape.gradient(of: phases), rows: y.shape.rows, count: phases.count)
}
