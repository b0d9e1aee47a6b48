import KernelTables

// The gates of recurrent cells after their matrix products, in one pass each way.

extension Tape {
  /// A long short-term memory's new state [h′ | c′] from its gates.
  ///
  ///     c′ = σ(f) c + σ(i) tanh(g),    h′ = σ(o) tanh(c′)
  ///
  /// - Parameters:
  ///   - gates: i, f, g, o side by side, [rows, 4 width].
  ///   - state: [h | c], [rows, 2 width]; with fewer rows, row r reads row r mod those: groups that
  ///     share a state.
  /// - Returns: [rows, 2 width].
  /// Reference: Hochreiter and Schmidhuber (1997); Gers et al. (2000) for f
  package func lstm(gates: Tensor, state: Tensor) -> Tensor {
    let (rows, width) = (gates.shape.rows, gates.shape.columns / 4)
    precondition(
      state.shape.columns == 2 * width && rows % max(1, state.shape.rows) == 0,
      "lstm: gates \(gates.shape), state \(state.shape)")
    guard !follows(gates), !follows(state) else { return composedLSTM(gates, state) }
    let next = allocate(gates.shape.replacing(axis: -1, with: 2 * width))
    let buffers = LSTMBuffers(
      gates: gates.data, state: state.data, active: allocate(Shape(rows, 5 * width)).data,
      rows: rows, stateRows: state.shape.rows, width: width)
    kernels.lstm(buffers, next: next.data)
    guard records(gates, state) else { return next }
    return record(next, gates, state, saved: keep(buffers), backward: lstmBackward)
  }

  /// A gated recurrent unit's new state from what input and state send to its gates.
  ///
  ///     r = σ(x_r + h_r),  z = σ(x_z + h_z),  n = tanh(x_n + r h_n),  h′ = (1 - z) n + z h
  ///
  /// - Parameters:
  ///   - input: x_r, x_z, x_n side by side, [rows, 3 width].
  ///   - hidden: h_r, h_z, h_n side by side, [rows, 3 width].
  ///   - state: h, [rows, width].
  /// Reference: Cho et al. (2014), arXiv:1406.1078, with r after the product as in PyTorch
  package func gru(input: Tensor, hidden: Tensor, state: Tensor) -> Tensor {
    let (rows, width) = (state.shape.rows, state.shape.columns)
    precondition(
      input.shape == hidden.shape && input.shape.columns == 3 * width && input.shape.rows == rows,
      "gru: input \(input.shape), hidden \(hidden.shape), state \(state.shape)")
    guard !follows(input), !follows(hidden), !follows(state) else {
      return composedGRU(input, hidden, state)
    }
    let next = allocate(state.shape)
    let buffers = GRUBuffers(
      input: input.data, hidden: hidden.data, state: state.data,
      active: allocate(input.shape).data, rows: rows, width: width)
    kernels.gru(buffers, next: next.data)
    guard records(input, hidden, state) else { return next }
    return record(next, input, hidden, state, saved: keep(buffers), backward: gruBackward)
  }

  /// The definition in operations of the tape, for what moves.
  private func composedLSTM(_ gates: Tensor, _ state: Tensor) -> Tensor {
    let width = gates.shape.columns / 4
    let groups = gates.shape.rows / max(1, state.shape.rows)
    let parts = split(
      reshape(gates, Shape(groups, state.shape.rows, 4 * width)),
      sizes: [width, width, width, width])
    let old = slice(state, width..<2 * width)
    let kept = multiply(apply(.sigmoid, parts[1]), old)
    let c = add(
      kept, multiply(apply(.sigmoid, parts[0]), apply(.hyperbolicTangent, parts[2])))
    let h = multiply(apply(.sigmoid, parts[3]), apply(.hyperbolicTangent, c))
    return reshape(concatenate(h, c), gates.shape.replacing(axis: -1, with: 2 * width))
  }

  /// The definition in operations of the tape, for what moves.
  private func composedGRU(_ input: Tensor, _ hidden: Tensor, _ state: Tensor) -> Tensor {
    let width = state.shape.columns
    let x = split(input, sizes: [width, width, width])
    let h = split(hidden, sizes: [width, width, width])
    let r = apply(.sigmoid, add(x[0], h[0]))
    let z = apply(.sigmoid, add(x[1], h[1]))
    let n = apply(.hyperbolicTangent, add(x[2], multiply(r, h[2])))
    return add(n, multiply(z, subtract(state, n)))
  }
}

private func lstmBackward(_ tape: Tape, _ node: Tape.Node, _ dy: UnsafeMutableRawPointer) {
  let (gates, state) = (node.inputs.0, node.inputs.1)
  let dstate = state.isVariable ? tape.gradient(of: state) : nil
  tape.writeGradient(of: gates) { dgates in
    tape.kernels.lstmGradient(
      node.kept(as: LSTMBuffers.self), next: dy, gates: dgates, state: dstate)
  }
}

private func gruBackward(_ tape: Tape, _ node: Tape.Node, _ dy: UnsafeMutableRawPointer) {
  let (input, hidden, state) = node.inputs
  let dstate = state.isVariable ? tape.gradient(of: state) : nil
  tape.writeGradient(of: input) { dinput in
    tape.writeGradient(of: hidden) { dhidden in
      tape.kernels.gruGradient(
        node.kept(as: GRUBuffers.self), next: dy, input: dinput, hidden: dhidden, state: dstate)
    }
  }
}
