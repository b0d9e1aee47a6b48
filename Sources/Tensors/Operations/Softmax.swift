import KernelTables

/// Which entries of a matrix of scores [queries, keys] count.
///
/// Query i of Nq stands at place i + Nk - Nq among the Nk keys, so that the last query stands at the
/// last key: whole passes and single steps of a decoder use the same mask.
package struct ScoreMask {
  /// Whether a query sees no key behind its own place.
  package var isCausal = false
  /// Whether a query does not see the key at its own place: a token that may not look at itself.
  package var skipsOwnPlace = false
  /// 0 where a key does not count, 1 where it does; nil where all count.
  package var kept: Tensor?

  /// Everything counts.
  package static var none: ScoreMask { ScoreMask() }
  /// No key behind the query.
  package static var causal: ScoreMask { ScoreMask(isCausal: true) }
  /// All keys but the query's own.
  package static var skippingOwnPlace: ScoreMask { ScoreMask(skipsOwnPlace: true) }
  /// The keys where a tensor is not 0; its shape is the last axes of the scores'.
  package static func kept(_ kept: Tensor) -> ScoreMask { ScoreMask(kept: kept) }

  /// Names what does not count.
  package init(isCausal: Bool = false, skipsOwnPlace: Bool = false, kept: Tensor? = nil) {
    self.isCausal = isCausal
    self.skipsOwnPlace = skipsOwnPlace
    self.kept = kept?.detached
  }

  /// What kernels read, for scores of a shape.
  func columnMask(for shape: Shape) -> ColumnMask {
    var mask = columnMask(queries: shape.rank > 1 ? shape[-2] : 1)
    guard let kept else { return mask }
    let offset = shape.rank - kept.shape.rank
    precondition(
      offset >= 0 && (0..<kept.shape.rank).allSatisfy { kept.shape[$0] == shape[$0 + offset] },
      "a mask of \(kept.shape) for scores of \(shape)")
    (mask.kept, mask.keptRows) = (UnsafeRawPointer(kept.data), max(1, kept.shape.rows))
    return mask
  }

  /// What kernels read, without what is kept.
  func columnMask(queries: Int) -> ColumnMask {
    var mask = ColumnMask(rows: queries)
    (mask.isCausal, mask.skipsOwnPlace) = (isCausal, skipsOwnPlace)
    return mask
  }
}

extension Tape {
  /// exp(s x) / Σ exp(s x) along the last axis, over the entries that count.
  ///
  ///     dx = s y (dy - Σ y dy)
  ///
  /// Entries that do not count are exactly 0 and pass no gradient; a row of which nothing counts is all
  /// zeros.
  /// - Parameters:
  ///   - x: Scores, [… , queries, keys].
  ///   - scale: s.
  package func softmax(_ x: Tensor, scale: Double = 1, mask: ScoreMask = .none) -> Tensor {
    let y = allocate(x.shape)
    kernels.softmax(
      x.data, scale: scale, mask.columnMask(for: x.shape), to: y.data, rows: x.shape.rows,
      columns: x.shape.columns)
    let out = records(x) ? record(y, x, saved: keep(scale), backward: softmaxBackward) : y
    return pushForward(out, x) { softmaxTangent(of: out, along: self.scale($0, by: scale)) }
  }

  /// y (dx - Σ y dx): how probabilities y move as their scores do.
  func softmaxTangent(of y: Tensor, along dx: Tensor) -> Tensor {
    multiply(y, subtract(dx, sum(multiply(y, dx), over: [-1], keeping: true)))
  }

  /// x - log Σ exp(x) along the last axis, over the entries that count.
  ///
  ///     dx = dy - exp(y) Σ dy
  ///
  /// Entries that do not count are 0 here, not -∞, so that products with them stay finite; they
  /// pass no gradient.
  /// - Parameter x: Scores, [… , queries, keys].
  package func logSoftmax(_ x: Tensor, mask: ScoreMask = .none) -> Tensor {
    let y = allocate(x.shape)
    let columnMask = mask.columnMask(for: x.shape)
    kernels.logSoftmax(
      x.data, columnMask, to: y.data, rows: x.shape.rows, columns: x.shape.columns)
    let out = records(x) ? record(y, x, saved: keep(columnMask), backward: logSoftmaxBackward) : y
    return pushForward(out, x) { dx in
      let mean = sum(multiply(softmax(x, mask: mask), dx), over: [-1], keeping: true)
      return select(where: dense(mask, x.shape), subtract(dx, mean), constant(0))
    }
  }

  /// 1 where scores of a shape count, 0 elsewhere.
  func dense(_ mask: ScoreMask, _ shape: Shape) -> Tensor {
    let counts = constant(1, shape)
    let (columns, columnMask) = (shape.columns, mask.columnMask(for: shape))
    for r in 0..<shape.rows {
      let limit = columnMask.limit(row: r, columns: columns)
      let skipped = columnMask.skipped(row: r, columns: columns)
      for j in 0..<columns where j >= limit || j == skipped {
        write(0, at: r * columns + j, of: counts)
      }
    }
    return mask.kept.map { multiply(counts, $0) } ?? counts
  }
}

private func softmaxBackward(_ tape: Tape, _ node: Tape.Node, _ dy: UnsafeMutableRawPointer) {
  let (x, y) = (node.inputs.0, node.output)
  send(tape, to: x) {
    tape.kernels.softmaxGradient(
      y.data, dy, scale: node.kept(as: Double.self), to: $0, rows: x.shape.rows,
      columns: x.shape.columns)
  }
}

private func logSoftmaxBackward(_ tape: Tape, _ node: Tape.Node, _ dy: UnsafeMutableRawPointer) {
  let (x, y) = (node.inputs.0, node.output)
  send(tape, to: x) {
    tape.kernels.logSoftmaxGradient(
      y.data, dy, node.kept(as: ColumnMask.self), to: $0, rows: x.shape.rows,
      columns: x.shape.columns)
  }
}

/// Lets a kernel write the gradient of x, and adds it where there is one already.
private func send(_ tape: Tape, to x: Tensor, _ write: (UnsafeMutableRawPointer) -> Void) {
  let (dx, isFresh) = tape.gradientBuffer(of: x)
  if isFresh { return write(dx) }
  let part = tape.allocate(x.shape)
  write(part.data)
  tape.kernels.accumulate(part.data, into: dx, count: x.count)
}
