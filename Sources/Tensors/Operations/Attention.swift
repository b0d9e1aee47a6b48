import KernelTables

/// Where the heads of queries, keys or values stand: adjacent columns of a tensor.
///
/// So attention reads and writes its heads inside the output of one projection for all of them, and
/// nothing is copied or permuted.
package struct Heads {
  /// [batch, places, width].
  package let tensor: Tensor
  /// The column at which head 0 begins; the others follow.
  package let firstColumn: Int
  /// Columns of one head.
  package let width: Int
  /// How many of the places are read, from the first on.
  package let length: Int

  /// - Parameter length: All places by default; fewer where a tensor has room for more to come.
  package init(_ tensor: Tensor, firstColumn: Int = 0, width: Int, length: Int? = nil) {
    precondition(tensor.shape.rank == 3, "heads are columns of [batch, places, width]")
    self.tensor = tensor
    self.firstColumn = firstColumn
    self.width = width
    self.length = length ?? tensor.shape[1]
    precondition(self.length <= tensor.shape[1], "heads: more places than there are")
  }

  /// The same columns of another tensor of that shape.
  func moved(to tensor: Tensor) -> Heads {
    Heads(tensor, firstColumn: firstColumn, width: width, length: length)
  }
}

extension Tape {
  /// Masked attention of all heads: softmax(s q kᵀ) v.
  ///
  ///     P = softmax(s q kᵀ),  out = P v
  ///     dv = Pᵀ dout,  dP = dout vᵀ,  dS = s P (dP - Σ P dP),  dq = dS k,  dk = dSᵀ q
  ///
  /// P is kept for the gradient, [batch, heads, Nq, Nk]. A query that sees no key gives zeros.
  /// - Parameters:
  ///   - queries: Nq places, heads of dk columns.
  ///   - keys: Nk places, heads of dk columns; may be columns of the same tensor.
  ///   - values: Nk places, heads of dv columns.
  ///   - count: How many heads.
  ///   - mask: Which keys a query sees; a tensor is [Nq, Nk] or [batch, Nq, Nk], and Nq may be 1 for all.
  ///   - scale: s; 1/√dk by default.
  /// - Returns: [batch, Nq, count dv], head after head.
  /// Reference: Vaswani et al. (2017), *Attention is all you need*, eq. 1, arXiv:1706.03762
  package func attention(
    _ queries: Heads, _ keys: Heads, _ values: Heads, count: Int, mask: ScoreMask = .none,
    scale: Double? = nil
  ) -> Tensor {
    let (q, k, v) = (queries.tensor, keys.tensor, values.tensor)
    precondition(
      q.shape[0] == k.shape[0] && q.shape[0] == v.shape[0] && queries.width == keys.width
        && keys.length == values.length, "attention: queries, keys and values do not go together")
    let plan = AttentionPlan(
      queries, keys, values, count, mask,
      scale: scale ?? 1 / Double(queries.width).squareRoot(), on: self)
    let y = allocate(Shape(q.shape[0], queries.length, count * values.width))
    plan.forEachHead { attend(plan, $0, q, k, v, to: y) }
    let recorded =
      records(q, k, v) ? record(y, q, k, v, saved: keep(plan), backward: attentionBackward) : y
    let parts = AttentionParts(
      queries: queries, keys: keys, values: values, count: count, mask: mask, scale: plan.scale)
    let out = pushForward(
      recorded, q, { tangent(parts, queries.moved(to: $0), keys) },
      k, { tangent(parts, queries, keys.moved(to: $0)) })
    return pushForwardAdding(out, v) { moved in
      merged(product(probabilities(parts), separate(values.moved(to: moved), count)))
    }
  }

  private func attend(
    _ plan: AttentionPlan, _ head: Int, _ q: Tensor, _ k: Tensor, _ v: Tensor, to y: Tensor
  ) {
    let (rows, columns, p) = (plan.queries.length, plan.keys.length, plan.probabilities(head))
    multiply(
      plan.queries[head, q.data], plan.keys[head, k.data], transposingB: true, to: p, rows, columns,
      depth: plan.queries.width)
    kernels.softmax(
      p.data, scale: plan.scale, plan.mask(head), to: p.data, rows: rows, columns: columns)
    multiply(
      p, plan.values[head, v.data], to: plan.outputs[head, y.data], rows, plan.values.width,
      depth: columns)
  }

  /// c = a b, or c += a b, for matrices whose rows need not be adjacent.
  fileprivate func multiply(
    _ a: StridedMatrix, transposingA: Bool = false, _ b: StridedMatrix, transposingB: Bool = false,
    to c: StridedMatrix, _ rows: Int, _ columns: Int, depth: Int, accumulating: Bool = false
  ) {
    var product = MatrixProduct(
      a: a.data, b: b.data, c: c.data, rows: rows, columns: columns, depth: depth)
    (product.aRowStride, product.aColumnStride) = transposingA ? (1, a.stride) : (a.stride, 1)
    (product.bRowStride, product.bColumnStride) = transposingB ? (1, b.stride) : (b.stride, 1)
    product.cRowStride = c.stride
    kernels.product(accumulating ? product.accumulating() : product)
  }
}

private func attentionBackward(_ tape: Tape, _ node: Tape.Node, _ dy: UnsafeMutableRawPointer) {
  let ((q, k, v), plan) = (node.inputs, node.kept(as: AttentionPlan.self))
  let dq = q.isVariable ? tape.gradient(of: q) : nil
  let dk = k.isVariable ? tape.gradient(of: k) : nil
  let dv = v.isVariable ? tape.gradient(of: v) : nil
  let (rows, columns) = (plan.queries.length, plan.keys.length)
  let (width, valueWidth) = (plan.queries.width, plan.values.width)
  let slopes = StridedMatrix(
    data: tape.allocate(Shape(rows, columns)).data, stride: columns)
  plan.forEachHead { head in
    let (p, dy) = (plan.probabilities(head), plan.outputs[head, dy])
    if let dv {
      tape.multiply(
        p, transposingA: true, dy, to: plan.values[head, dv], columns, valueWidth, depth: rows,
        accumulating: true)
    }
    guard dq != nil || dk != nil else { return }
    tape.multiply(
      dy, plan.values[head, v.data], transposingB: true, to: slopes, rows, columns,
      depth: valueWidth)
    tape.kernels.softmaxGradient(
      p.data, slopes.data, scale: plan.scale, to: slopes.data, rows: rows, columns: columns)
    if let dq {
      tape.multiply(
        slopes, plan.keys[head, k.data], to: plan.queries[head, dq], rows, width, depth: columns,
        accumulating: true)
    }
    if let dk {
      tape.multiply(
        slopes, transposingA: true, plan.queries[head, q.data], to: plan.keys[head, dk], columns,
        width, depth: rows, accumulating: true)
    }
  }
}

// MARK: - Where the matrices are

/// A matrix of which each row is adjacent.
private struct StridedMatrix: BitwiseCopyable {
  let data: UnsafeMutableRawPointer
  /// Elements from one row to the next.
  let stride: Int
}

/// The matrices of all heads of all sequences inside one buffer.
private struct HeadLayout: BitwiseCopyable {
  let count, first, width, length: Int
  /// Places of one sequence and columns of the buffer.
  let places, stride: Int
  let byteCount: Int

  init(_ heads: Heads, _ count: Int, _ byteCount: Int) {
    (self.count, first, width, length) = (count, heads.firstColumn, heads.width, heads.length)
    (places, stride) = (heads.tensor.shape[1], heads.tensor.shape[2])
    self.byteCount = byteCount
    precondition(first + count * width <= stride, "attention: heads beyond the last column")
  }

  /// A dense buffer with nothing but the heads.
  init(count: Int, width: Int, length: Int, byteCount: Int) {
    (self.count, first, self.width, self.length) = (count, 0, width, length)
    (places, stride) = (length, count * width)
    self.byteCount = byteCount
  }

  /// The matrix of one head, counted on through the sequences.
  subscript(head: Int, data: UnsafeMutableRawPointer) -> StridedMatrix {
    let offset = head / count * places * stride + first + head % count * width
    return StridedMatrix(data: data + offset * byteCount, stride: stride)
  }
}

/// Sizes, places and what the gradient needs beside inputs and output.
private struct AttentionPlan: BitwiseCopyable {
  let queries, keys, values, outputs: HeadLayout
  let scale: Double
  /// Heads of all sequences.
  private let total: Int
  private let columnMask: ColumnMask
  /// Bytes from the mask of one sequence to that of the next.
  private let maskBytes: Int
  private let firstProbability: UnsafeMutableRawPointer

  init(
    _ queries: Heads, _ keys: Heads, _ values: Heads, _ count: Int, _ mask: ScoreMask,
    scale: Double, on tape: Tape
  ) {
    let size = tape.type.byteCount
    self.queries = HeadLayout(queries, count, size)
    self.keys = HeadLayout(keys, count, size)
    self.values = HeadLayout(values, count, size)
    outputs = HeadLayout(
      count: count, width: values.width, length: queries.length, byteCount: size)
    self.scale = scale
    total = queries.tensor.shape[0] * count
    firstProbability = tape.arena.allocate(bytes: total * queries.length * keys.length * size)
    var columnMask = mask.columnMask(queries: queries.length)
    var bytes = 0
    if let kept = mask.kept {
      let batch = kept.shape.rank == 3 ? kept.shape[0] : 1
      precondition(
        [2, 3].contains(kept.shape.rank) && kept.shape[-1] == keys.length
          && [1, queries.length].contains(kept.shape[-2])
          && [1, queries.tensor.shape[0]].contains(batch), "attention: a mask of \(kept.shape)")
      columnMask.kept = UnsafeRawPointer(kept.data)
      columnMask.keptRows = max(1, kept.shape[-2])
      bytes = batch == 1 ? 0 : kept.shape[-2] * kept.shape[-1] * size
    }
    (self.columnMask, maskBytes) = (columnMask, bytes)
  }

  func forEachHead(_ body: (_ head: Int) -> Void) {
    for head in 0..<total { body(head) }
  }

  /// P of one head, [Nq, Nk].
  func probabilities(_ head: Int) -> StridedMatrix {
    let bytes = queries.length * keys.length * queries.byteCount
    return StridedMatrix(data: firstProbability + head * bytes, stride: keys.length)
  }

  func mask(_ head: Int) -> ColumnMask {
    var mask = columnMask
    mask.kept = mask.kept.map { $0 + head / queries.count * maskBytes }
    return mask
  }
}

// MARK: - The same in operations of the tape, for tangents

/// What attention is made of.
private struct AttentionParts {
  let queries, keys, values: Heads
  let count: Int
  let mask: ScoreMask
  let scale: Double
}

extension Tape {
  /// Heads as a tensor of their own, [batch, count, places, width].
  package func separate(_ heads: Heads, _ count: Int) -> Tensor {
    let x = slice(heads.tensor, 0..<heads.length, axis: 1)
    let columns = slice(
      x, heads.firstColumn..<heads.firstColumn + count * heads.width, axis: 2)
    return permute(
      reshape(columns, Shape(x.shape[0], heads.length, count, heads.width)), 0, 2, 1, 3)
  }

  /// [batch, count, places, width] as [batch, places, count width].
  package func merged(_ x: Tensor) -> Tensor {
    let y = permute(x, 0, 2, 1, 3)
    return reshape(y, Shape(y.shape[0], y.shape[1], y.shape[2] * y.shape[3]))
  }

  private func scores(_ parts: AttentionParts, _ queries: Heads, _ keys: Heads) -> Tensor {
    product(separate(queries, parts.count), separate(keys, parts.count), transposingB: true)
  }

  /// P, [batch, count, Nq, Nk].
  private func probabilities(_ parts: AttentionParts) -> Tensor {
    let scores = scores(parts, parts.queries, parts.keys)
    var mask = parts.mask
    mask.kept = mask.kept.map { kept in
      let batch = kept.shape.rank == 3 ? kept.shape[0] : 1
      return broadcast(
        reshape(kept, Shape(batch, 1, kept.shape[-2], kept.shape[-1])), to: scores.shape)
    }
    return softmax(scores, scale: parts.scale, mask: mask)
  }

  /// How the output moves with queries or keys, whichever is given as a tangent.
  private func tangent(_ parts: AttentionParts, _ queries: Heads, _ keys: Heads) -> Tensor {
    let moved = scale(scores(parts, queries, keys), by: parts.scale)
    let p = softmaxTangent(of: probabilities(parts), along: moved)
    return merged(product(p, separate(parts.values, parts.count)))
  }
}
