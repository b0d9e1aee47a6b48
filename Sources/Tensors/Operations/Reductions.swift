import KernelTables

// Sums along axes and what follows from them. An axis may be negative and then counts from the end.
// A reduced axis is kept with size 1 where `keeping` says so, and removed elsewhere.

extension Tape {
  /// The sum over some axes, over all of them by default.
  ///
  ///     dx = dy, repeated
  package func sum(_ x: Tensor, over axes: [Int]? = nil, keeping: Bool = false) -> Tensor {
    let reduced = x.shape.reduced(over: axes)
    let y = allocate(reduced)
    y.data.initializeMemory(as: UInt8.self, repeating: 0, count: y.byteCount)
    accumulateSums(of: x, into: y.data, reduced)
    let recorded = records(x) ? record(y, x, backward: sumBackward) : y
    let out = pushForward(recorded, x) { sum($0, over: axes, keeping: true) }
    return keeping ? out : reshape(out, x.shape.removing(axes: axes))
  }

  /// The mean over some axes, over all of them by default.
  package func mean(_ x: Tensor, over axes: [Int]? = nil, keeping: Bool = false) -> Tensor {
    let count = x.count / max(1, x.shape.reduced(over: axes).count)
    return scale(sum(x, over: axes, keeping: keeping), by: 1 / Double(count))
  }

  /// The variance over some axes, over all of them by default.
  /// - Parameter correction: What is taken from the number of values that divides the sum of squares:
  ///   1 for the unbiased estimate, 0 for the mean square.
  package func variance(
    _ x: Tensor, over axes: [Int]? = nil, keeping: Bool = false, correction: Int = 1
  ) -> Tensor {
    let count = x.count / max(1, x.shape.reduced(over: axes).count)
    let centred = subtract(x, mean(x, over: axes, keeping: true))
    let squares = sum(apply(.square, centred), over: axes, keeping: keeping)
    return scale(squares, by: 1 / Double(count - correction))
  }

  /// log Σ exp(x) along an axis, the last by default, safe from overflow.
  ///
  ///     dx = exp(x - y) dy
  package func logSumExp(_ x: Tensor, over axis: Int = -1, keeping: Bool = false) -> Tensor {
    let greatest = maximum(of: x.detached, over: axis, keeping: true)
    let total = sum(apply(.exponential, subtract(x, greatest)), over: [axis], keeping: true)
    let out = add(apply(.logarithm, total), greatest)
    return keeping ? out : reshape(out, x.shape.removing(axes: [axis]))
  }
}

private func sumBackward(_ tape: Tape, _ node: Tape.Node, _ dy: UnsafeMutableRawPointer) {
  let x = node.inputs.0
  let dx = tape.constant(at: tape.gradient(of: x), x.shape)
  tape.combine(.add, dx, tape.constant(at: dy, node.output.shape), to: dx.data)
}

extension Shape {
  /// The shape with some axes, or all, of size 1.
  func reduced(over axes: [Int]?) -> Shape {
    var shape = self
    guard let axes else {
      for axis in 0..<rank { shape[axis] = 1 }
      return shape
    }
    for axis in axes {
      precondition(axis < rank && axis >= -rank, "axis \(axis) of \(self)")
      shape[axis] = 1
    }
    return shape
  }

  /// The shape without some axes, or any.
  func removing(axes: [Int]?) -> Shape {
    guard let axes else { return .scalar }
    var shape = self
    for axis in (0..<rank).reversed() where axes.contains(axis) || axes.contains(axis - rank) {
      shape = shape.removing(axis: axis)
    }
    return shape
  }
}
