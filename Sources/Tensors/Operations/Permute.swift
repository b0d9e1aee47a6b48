import KernelTables

extension Tape {
  /// The axes in another order: axis i of the result is axis order[i] of x.
  ///
  ///     dx = dy, permuted back
  package func permute(_ x: Tensor, _ order: Int...) -> Tensor { permute(x, order: order) }

  /// The axes in another order: axis i of the result is axis order[i] of x.
  package func permute(_ x: Tensor, order: [Int]) -> Tensor {
    precondition(order.sorted() == Array(0..<x.shape.rank), "permute: \(order) of \(x.shape)")
    let plan = Permutation(x.shape, order)
    let y = allocate(plan.shape)
    copyPermuted(plan, from: x.data, to: y.data)
    let out = records(x) ? record(y, x, saved: keep(plan), backward: permuteBackward) : y
    return pushForward(out, x) { permute($0, order: order) }
  }

  /// The last two axes exchanged.
  package func transpose(_ x: Tensor) -> Tensor {
    let rank = x.shape.rank
    return permute(x, order: Array(0..<rank - 2) + [rank - 1, rank - 2])
  }

  fileprivate func copyPermuted(
    _ plan: Permutation, from x: UnsafeRawPointer, to y: UnsafeMutableRawPointer
  ) {
    switch type {
    case .float32: plan.copy(x, y, UInt32.self)
    case .float64: plan.copy(x, y, UInt64.self)
    }
  }
}

private func permuteBackward(_ tape: Tape, _ node: Tape.Node, _ dy: UnsafeMutableRawPointer) {
  let x = node.inputs.0
  let (dx, isFresh) = tape.gradientBuffer(of: x)
  let plan = node.kept(as: Permutation.self).inverse(of: x.shape)
  if isFresh { return tape.copyPermuted(plan, from: dy, to: dx) }
  let back = tape.allocate(x.shape)
  tape.copyPermuted(plan, from: dy, to: back.data)
  tape.kernels.accumulate(back.data, into: dx, count: x.count)
}

/// Where the elements of a permuted tensor come from.
private struct Permutation: BitwiseCopyable {
  let shape: Shape
  private let order: SIMD8<Int>
  /// Elements of the source from one entry to the next along each axis of the result.
  private let strides: SIMD8<Int>

  init(_ source: Shape, _ order: [Int]) {
    var (shape, strides, axes) = (source, SIMD8<Int>(), SIMD8<Int>())
    for (axis, from) in order.enumerated() {
      shape[axis] = source[from]
      strides[axis] = source.count(of: from + 1..<source.rank)
      axes[axis] = from
    }
    (self.shape, self.strides, self.order) = (shape, strides, axes)
  }

  func inverse(of source: Shape) -> Permutation {
    var back = [Int](repeating: 0, count: shape.rank)
    for axis in 0..<shape.rank { back[order[axis]] = axis }
    return Permutation(shape, back)
  }

  /// Copies every element, seen as bits, to its new place.
  func copy<Bits: BitwiseCopyable>(
    _ x: UnsafeRawPointer, _ y: UnsafeMutableRawPointer, _: Bits.Type
  ) {
    guard shape.count > 0 else { return }
    let x = x.assumingMemoryBound(to: Bits.self)
    let y = y.assumingMemoryBound(to: Bits.self)
    let last = shape.rank - 1
    guard last >= 0 else { return y[0] = x[0] }
    let (columns, step) = (shape[last], strides[last])
    var (index, source, target) = (SIMD8<Int>(), 0, 0)
    while true {
      if step == 1 {
        (y + target).update(from: x + source, count: columns)
      } else {
        for j in 0..<columns { y[target + j] = x[source + j * step] }
      }
      target += columns
      var axis = last - 1
      while axis >= 0 {
        index[axis] += 1
        source += strides[axis]
        if index[axis] < shape[axis] { break }
        source -= shape[axis] * strides[axis]
        index[axis] = 0
        axis -= 1
      }
      if axis < 0 { return }
    }
  }
}
