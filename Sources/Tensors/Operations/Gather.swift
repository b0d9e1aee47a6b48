import KernelTables

/// Whole numbers on a tape that say which rows to take.
package struct Indices: BitwiseCopyable {
  package let data: UnsafeMutablePointer<Int32>
  package let count: Int

  /// Some of them.
  func part(_ range: Range<Int>) -> Indices {
    Indices(data: data + range.lowerBound, count: range.count)
  }
}

extension Tape {
  /// Copies indices to the tape's memory.
  package func indices(_ values: some Collection<Int>) -> Indices {
    let indices = allocateIndices(values.count)
    for (i, value) in values.enumerated() { indices.data[i] = Int32(value) }
    return indices
  }

  /// Indices from a function of their place.
  package func indices(count: Int, _ value: (Int) -> Int) -> Indices {
    let indices = allocateIndices(count)
    for i in 0..<count { indices.data[i] = Int32(value(i)) }
    return indices
  }

  func allocateIndices(_ count: Int) -> Indices {
    let data = arena.allocate(bytes: 4 * count).assumingMemoryBound(to: Int32.self)
    return Indices(data: data, count: count)
  }

  /// The entries of x with these indices along the first axis, in their order.
  ///
  ///     dx[index_i] += dy_i
  ///
  /// - Parameters:
  ///   - x: [entries, …].
  ///   - indices: From 0 to the number of entries, any number of times each.
  /// - Returns: [indices, …].
  package func gather(_ x: Tensor, _ indices: Indices) -> Tensor {
    let y = allocate(x.shape.replacing(axis: 0, with: indices.count))
    let width = x.shape.count(of: 1..<x.shape.rank)
    moveEntries(indices, width, x.shape[0]) { i, index in
      (y.data + i).copyMemory(from: x.data + index, byteCount: width * type.byteCount)
    }
    let saved = UnsafeMutableRawPointer(indices.data)
    let out = records(x) ? record(y, x, saved: saved, backward: gatherBackward) : y
    return pushForward(out, x) { gather($0, indices) }
  }

  /// Sums of the entries of x that have the same index.
  ///
  ///     y[index_i] += x_i in the order of i,  dx_i = dy[index_i]
  ///
  /// - Parameters:
  ///   - x: [indices, …].
  ///   - entries: Size of the result's first axis; entries that no index names are zero.
  /// - Returns: [entries, …].
  package func scatterAdd(_ x: Tensor, _ indices: Indices, entries: Int) -> Tensor {
    precondition(x.shape[0] == indices.count, "scatterAdd: one index for each of \(x.shape)")
    let y = allocate(x.shape.replacing(axis: 0, with: entries))
    y.data.initializeMemory(as: UInt8.self, repeating: 0, count: y.byteCount)
    let width = x.shape.count(of: 1..<x.shape.rank)
    moveEntries(indices, width, entries) { i, index in
      kernels.accumulate(x.data + i, into: y.data + index, count: width)
    }
    let saved = UnsafeMutableRawPointer(indices.data)
    let out = records(x) ? record(y, x, saved: saved, backward: scatterBackward) : y
    return pushForward(out, x) { scatterAdd($0, indices, entries: entries) }
  }

  /// Calls `body` with the bytes at which entry i and the entry it is an index of begin.
  fileprivate func moveEntries(
    _ indices: Indices, _ width: Int, _ entries: Int, _ body: (_ i: Int, _ index: Int) -> Void
  ) {
    let size = width * type.byteCount
    for i in 0..<indices.count {
      let index = Int(indices.data[i])
      precondition(index >= 0 && index < entries, "index \(index) of \(entries) entries")
      body(i * size, index * size)
    }
  }
}

private func gatherBackward(_ tape: Tape, _ node: Tape.Node, _ dy: UnsafeMutableRawPointer) {
  let (dx, width, indices) = entryGradient(tape, node, count: node.output.shape[0])
  tape.moveEntries(indices, width, node.inputs.0.shape[0]) { i, index in
    tape.kernels.accumulate(dy + i, into: dx + index, count: width)
  }
}

private func scatterBackward(_ tape: Tape, _ node: Tape.Node, _ dy: UnsafeMutableRawPointer) {
  let (dx, width, indices) = entryGradient(tape, node, count: node.inputs.0.shape[0])
  tape.moveEntries(indices, width, node.output.shape[0]) { i, index in
    tape.kernels.accumulate(dy + index, into: dx + i, count: width)
  }
}

private func entryGradient(
  _ tape: Tape, _ node: Tape.Node, count: Int
) -> (dx: UnsafeMutableRawPointer, width: Int, indices: Indices) {
  let x = node.inputs.0
  guard let saved = node.saved else { preconditionFailure("the operation kept no indices") }
  let indices = Indices(data: saved.assumingMemoryBound(to: Int32.self), count: count)
  return (tape.gradient(of: x), x.shape.count(of: 1..<x.shape.rank), indices)
}
