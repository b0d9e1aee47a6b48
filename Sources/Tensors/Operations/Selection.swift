import KernelTables

// Comparisons and what depends on them. A comparison is 1 where it holds and 0 elsewhere; it has no
// gradient and no tangent.

extension Tape {
  /// 1 where a < b, 0 elsewhere; shapes go together by NumPy's rule.
  package func less(_ a: Tensor, _ b: Tensor) -> Tensor { combined(.isLess, a, b) }

  /// 1 where a = b, 0 elsewhere; shapes go together by NumPy's rule.
  package func equal(_ a: Tensor, _ b: Tensor) -> Tensor { combined(.isEqual, a, b) }

  /// a where the mask is not 0, b elsewhere.
  ///
  ///     da = dy where the mask is not 0, db = dy elsewhere
  ///
  /// Unlike a sum of products it keeps what is not finite where it was not chosen out of the result.
  /// - Parameter mask: A constant; all three shapes go together by NumPy's rule.
  package func select(where mask: Tensor, _ a: Tensor, _ b: Tensor) -> Tensor {
    let shape = Broadcast.common(Broadcast.common(a.shape, b.shape), mask.shape)
    let mask = broadcast(mask.detached, to: shape)
    let (a, b) = (broadcast(a, to: shape), broadcast(b, to: shape))
    let y = allocate(shape)
    choose(mask, a.data, b.data, to: y.data)
    let out = records(a, b) ? record(y, a, b, mask, backward: selectBackward) : y
    let zero = constant(0)
    return pushForward(
      out, a, { select(where: mask, $0, zero) }, b, { select(where: mask, zero, $0) })
  }

  /// Writes a or b; nil stands for zeros.
  fileprivate func choose(
    _ mask: Tensor, _ a: UnsafeRawPointer?, _ b: UnsafeRawPointer?,
    to y: UnsafeMutableRawPointer
  ) {
    switch type {
    case .float32: chosen(mask, a, b, y, Float.self)
    case .float64: chosen(mask, a, b, y, Double.self)
    }
  }

  private func chosen<Scalar: BinaryFloatingPoint>(
    _ mask: Tensor, _ a: UnsafeRawPointer?, _ b: UnsafeRawPointer?,
    _ y: UnsafeMutableRawPointer, _: Scalar.Type
  ) {
    let chooses = mask.data.assumingMemoryBound(to: Scalar.self)
    let (a, b) = (a?.assumingMemoryBound(to: Scalar.self), b?.assumingMemoryBound(to: Scalar.self))
    let y = y.assumingMemoryBound(to: Scalar.self)
    for i in 0..<mask.count { y[i] = (chooses[i] != 0 ? a?[i] : b?[i]) ?? 0 }
  }
}

private func selectBackward(_ tape: Tape, _ node: Tape.Node, _ dy: UnsafeMutableRawPointer) {
  let (a, b, mask) = node.inputs
  let part = tape.allocate(mask.shape)
  if a.isVariable {
    tape.choose(mask, dy, nil, to: part.data)
    tape.kernels.accumulate(part.data, into: tape.gradient(of: a), count: a.count)
  }
  if b.isVariable {
    tape.choose(mask, nil, dy, to: part.data)
    tape.kernels.accumulate(part.data, into: tape.gradient(of: b), count: b.count)
  }
}
