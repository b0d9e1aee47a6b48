import KernelTables

// Joining and cutting along an axis. Around an axis a tensor is a matrix whose rows are the places
// of the axes before it and whose columns run over the axis and those after it, so both are copies of
// windows of columns.

extension Tape {
  /// The tensors one behind the other along an axis.
  ///
  ///     dx_i = the part of dy that came from x_i
  ///
  /// - Parameter parts: The same shape but for that axis.
  package func concatenate(_ parts: [Tensor], axis: Int = -1) -> Tensor {
    precondition(!parts.isEmpty, "concatenate: no tensors")
    let size = parts.reduce(0) { $0 + $1.shape[axis] }
    var joined = allocate(parts[0].shape.replacing(axis: axis, with: size))
    var first = 0
    for part in parts {
      joined = place(part, into: joined, axis: axis, at: first)
      first += part.shape[axis]
    }
    return joined
  }

  /// Two tensors one behind the other along an axis, without an array of them.
  package func concatenate(_ first: Tensor, _ second: Tensor, axis: Int = -1) -> Tensor {
    let length = first.shape[axis]
    let joined = allocate(
      first.shape.replacing(axis: axis, with: length + second.shape[axis]))
    return place(
      second, into: place(first, into: joined, axis: axis, at: 0), axis: axis, at: length)
  }

  /// The entries of a range along an axis.
  ///
  ///     dx[range] += dy
  package func slice(_ x: Tensor, _ range: Range<Int>, axis: Int = -1) -> Tensor {
    let axis = axis < 0 ? axis + x.shape.rank : axis
    precondition(
      range.lowerBound >= 0 && range.upperBound <= x.shape[axis], "slice: \(range) of \(x.shape)")
    if axis == 0 { return entries(x, range) }
    let y = allocate(x.shape.replacing(axis: axis, with: range.count))
    let window = Window(of: y.shape, in: x.shape, axis: axis, at: range.lowerBound)
    copy(window, from: x.data + window.first * type.byteCount, to: y.data, isCut: true)
    let out = records(x) ? record(y, x, saved: keep(window), backward: sliceBackward) : y
    return pushForward(out, x) { slice($0, range, axis: axis) }
  }

  /// The tensor cut into parts of these sizes along an axis.
  package func split(_ x: Tensor, sizes: [Int], axis: Int = -1) -> [Tensor] {
    precondition(sizes.reduce(0, +) == x.shape[axis], "split: \(sizes) of \(x.shape)")
    var first = 0
    return sizes.map { size in
      defer { first += size }
      return slice(x, first..<first + size, axis: axis)
    }
  }

  /// Copies a part to its place in a tensor that is being put together.
  package func place(_ part: Tensor, into joined: Tensor, axis: Int, at first: Int) -> Tensor {
    precondition(
      part.shape.replacing(axis: axis, with: joined.shape[axis]) == joined.shape,
      "concatenate: \(part.shape) into \(joined.shape)")
    let axis = axis < 0 ? axis + part.shape.rank : axis
    let window = Window(of: part.shape, in: joined.shape, axis: axis, at: first)
    copy(window, from: part.data, to: joined.data + window.first * type.byteCount, isCut: false)
    let out =
      records(part, joined)
      ? record(joined, part, joined, saved: keep(window), backward: placeBackward) : joined
    let shape = joined.shape
    return pushForwardAdding(
      carrying(tangentOf: joined, out), part
    ) { place($0, into: constant(0, shape), axis: axis, at: first) }
  }

  private func carrying(tangentOf x: Tensor, _ y: Tensor) -> Tensor {
    tangent(of: x).map { moving(y, along: $0) } ?? y
  }

  private func copy(
    _ w: Window, from x: UnsafeRawPointer, to y: UnsafeMutableRawPointer, isCut: Bool
  ) {
    kernels.copyColumns(
      x, stride: isCut ? w.stride : w.columns, to: y, stride: isCut ? w.columns : w.stride,
      rows: w.rows, columns: w.columns)
  }
}

/// Adjacent columns of a matrix.
private struct Window: BitwiseCopyable {
  let rows: Int
  let columns: Int
  /// Columns of the whole matrix.
  let stride: Int
  let first: Int

  init(of part: Shape, in whole: Shape, axis: Int, at position: Int) {
    let inner = whole.count(of: axis + 1..<whole.rank)
    rows = whole.count(of: 0..<axis)
    columns = part[axis] * inner
    stride = whole[axis] * inner
    first = position * inner
  }
}

private func sliceBackward(_ tape: Tape, _ node: Tape.Node, _ dy: UnsafeMutableRawPointer) {
  let w = node.kept(as: Window.self)
  let dx = tape.gradient(of: node.inputs.0) + w.first * tape.type.byteCount
  tape.kernels.accumulateColumns(
    dy, stride: w.columns, into: dx, stride: w.stride, rows: w.rows, columns: w.columns)
}

/// The part takes its window; what was joined before takes the rest as it is, for its window here is
/// never read.
private func placeBackward(_ tape: Tape, _ node: Tape.Node, _ dy: UnsafeMutableRawPointer) {
  let (part, joined, w) = (node.inputs.0, node.inputs.1, node.kept(as: Window.self))
  if part.isVariable {
    tape.kernels.accumulateColumns(
      dy + w.first * tape.type.byteCount, stride: w.stride, into: tape.gradient(of: part),
      stride: w.columns, rows: w.rows, columns: w.columns)
  }
  if joined.isVariable { tape.shareGradient(dy, with: joined) }
}
