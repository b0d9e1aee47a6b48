import KernelTables

// Arithmetic on two tensors whose shapes go together by NumPy's rule. Where an operand is repeated,
// its gradient is summed over the repetitions.

extension Tape {
  /// a + b.
  ///
  ///     da = dy,  db = dy
  package func add(_ a: Tensor, _ b: Tensor) -> Tensor {
    let y = combined(.add, a, b)
    let out = records(a, b) ? record(y, a, b, backward: addBackward) : y
    return pushForward(
      out, a, { broadcast($0, to: y.shape) }, b, { broadcast($0, to: y.shape) })
  }

  /// a - b.
  ///
  ///     da = dy,  db = -dy
  package func subtract(_ a: Tensor, _ b: Tensor) -> Tensor {
    let y = combined(.subtract, a, b)
    let out = records(a, b) ? record(y, a, b, backward: subtractBackward) : y
    return pushForward(
      out, a, { broadcast($0, to: y.shape) }, b, { broadcast(scale($0, by: -1), to: y.shape) })
  }

  /// a b, elementwise.
  ///
  ///     da = b dy,  db = a dy
  package func multiply(_ a: Tensor, _ b: Tensor) -> Tensor {
    let y = combined(.multiply, a, b)
    let out = records(a, b) ? record(y, a, b, backward: multiplyBackward) : y
    return pushForward(out, a, { multiply($0, b) }, b, { multiply(a, $0) })
  }

  /// a / b, elementwise.
  ///
  ///     da = dy / b,  db = -y dy / b
  package func divide(_ a: Tensor, _ b: Tensor) -> Tensor {
    let y = combined(.divide, a, b)
    let out = records(a, b) ? record(y, a, b, backward: divideBackward) : y
    return pushForward(
      out, a, { broadcast(divide($0, b), to: y.shape) },
      b, { scale(divide(multiply(out, $0), b), by: -1) })
  }

  /// The greater of a and b, elementwise; a where they are equal, and so for gradients.
  package func maximum(_ a: Tensor, _ b: Tensor) -> Tensor { select(where: less(a, b), b, a) }

  /// The lesser of a and b, elementwise; a where they are equal, and so for gradients.
  package func minimum(_ a: Tensor, _ b: Tensor) -> Tensor { select(where: less(b, a), b, a) }

  /// x repeated to a shape with which its own goes together.
  package func broadcast(_ x: Tensor, to shape: Shape) -> Tensor {
    x.shape == shape ? x : add(constant(0, shape), x)
  }

  /// f(a, b) as a new tensor of the common shape.
  func combined(_ function: BinaryFunction, _ a: Tensor, _ b: Tensor) -> Tensor {
    let y = allocate(Broadcast.common(a.shape, b.shape))
    combine(function, a, b, to: y.data)
    return y
  }

  /// Adds dy, summed over repetitions, to the gradient of a.
  func send(_ dy: UnsafeMutableRawPointer, of shape: Shape, to a: Tensor) {
    guard a.isVariable else { return }
    accumulateSums(of: constant(at: dy, shape), into: gradient(of: a), a.shape)
  }

  /// Adds f(u, v), summed over repetitions, to the gradient of a.
  private func send(_ function: BinaryFunction, _ u: Tensor, _ v: Tensor, to a: Tensor) {
    guard a.isVariable else { return }
    accumulateSums(of: combined(function, u, v), into: gradient(of: a), a.shape)
  }

  fileprivate func sendProduct(_ dy: Tensor, _ b: Tensor, to a: Tensor) {
    guard a.isVariable else { return }
    guard a.shape == dy.shape, b.shape == dy.shape else { return send(.multiply, dy, b, to: a) }
    let (da, isFresh) = gradientBuffer(of: a)
    kernels.multiply(dy.data, b.data, to: da, count: a.count, accumulating: !isFresh)
  }

  fileprivate func sendQuotient(_ dy: Tensor, _ b: Tensor, to a: Tensor) {
    send(.divide, dy, b, to: a)
  }
}

private func addBackward(_ tape: Tape, _ node: Tape.Node, _ dy: UnsafeMutableRawPointer) {
  tape.send(dy, of: node.output.shape, to: node.inputs.0)
  tape.send(dy, of: node.output.shape, to: node.inputs.1)
}

private func subtractBackward(_ tape: Tape, _ node: Tape.Node, _ dy: UnsafeMutableRawPointer) {
  let (a, b, shape) = (node.inputs.0, node.inputs.1, node.output.shape)
  tape.send(dy, of: shape, to: a)
  guard b.isVariable else { return }
  let negative = tape.combined(.subtract, tape.constant(0), tape.constant(at: dy, shape))
  tape.send(negative.data, of: shape, to: b)
}

private func multiplyBackward(_ tape: Tape, _ node: Tape.Node, _ dy: UnsafeMutableRawPointer) {
  let (a, b) = (node.inputs.0, node.inputs.1)
  let dy = tape.constant(at: dy, node.output.shape)
  tape.sendProduct(dy, b, to: a)
  tape.sendProduct(dy, a, to: b)
}

private func divideBackward(_ tape: Tape, _ node: Tape.Node, _ dy: UnsafeMutableRawPointer) {
  let (a, b, y) = (node.inputs.0, node.inputs.1, node.output)
  let dy = tape.constant(at: dy, y.shape)
  tape.sendQuotient(dy, b, to: a)
  guard b.isVariable else { return }
  let negative = tape.combined(.subtract, tape.constant(0), y)
  tape.sendQuotient(tape.combined(.multiply, negative, dy), b, to: b)
}
