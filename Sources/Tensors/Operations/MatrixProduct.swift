import KernelTables

extension Tape {
  /// a b for the last two axes; the axes before them are a batch.
  ///
  ///     da = dy bᵀ,  db = aᵀ dy
  ///
  /// Grouped layers are batches of weights: [groups, rows, inputs] times [groups, inputs, outputs].
  /// - Parameters:
  ///   - a: [batch …, rows, depth], or [rows, depth] for all of b's batch.
  ///   - b: [batch …, depth, columns], or [depth, columns] for all of a's batch.
  ///   - transposingB: Whether b is stored as its transpose, [batch …, columns, depth].
  /// - Returns: [batch …, rows, columns].
  package func product(_ a: Tensor, _ b: Tensor, transposingB: Bool = false) -> Tensor {
    let plan = BatchedProduct(a.shape, b.shape, transposingB: transposingB)
    let y = allocate(plan.shape)
    run(plan, a.data, b.data, to: y.data)
    let out = records(a, b) ? record(y, a, b, saved: keep(plan), backward: productBackward) : y
    return pushForward(
      out, a, { product($0, b, transposingB: transposingB) },
      b, { product(a, $0, transposingB: transposingB) })
  }

  fileprivate func run(
    _ plan: BatchedProduct, _ a: UnsafeRawPointer, _ b: UnsafeRawPointer,
    to y: UnsafeMutableRawPointer
  ) {
    let size = type.byteCount
    for i in 0..<plan.batch {
      let product = MatrixProduct(
        a: a + i * plan.aStride * size, b: b + i * plan.bStride * size,
        c: y + i * plan.rows * plan.columns * size, rows: plan.rows, columns: plan.columns,
        depth: plan.depth)
      kernels.product(plan.transposingB ? product.transposingB() : product)
    }
  }

  /// da_i += dy_i bᵀ.
  fileprivate func sendLeft(
    _ plan: BatchedProduct, _ dy: UnsafeRawPointer, _ b: UnsafeRawPointer,
    to da: UnsafeMutableRawPointer
  ) {
    let size = type.byteCount
    for i in 0..<plan.batch {
      let product = MatrixProduct(
        a: dy + i * plan.rows * plan.columns * size, b: b + i * plan.bStride * size,
        c: da + i * plan.aStride * size, rows: plan.rows, columns: plan.depth,
        depth: plan.columns
      ).accumulating()
      kernels.product(plan.transposingB ? product : product.transposingB())
    }
  }

  /// db_i += aᵀ dy_i, or its transpose where b is stored so.
  fileprivate func sendRight(
    _ plan: BatchedProduct, _ dy: UnsafeRawPointer, _ a: UnsafeRawPointer,
    to db: UnsafeMutableRawPointer
  ) {
    let size = type.byteCount
    for i in 0..<plan.batch {
      let (a, dy) = (a + i * plan.aStride * size, dy + i * plan.rows * plan.columns * size)
      let (left, right) = plan.transposingB ? (dy, a) : (a, dy)
      let product = MatrixProduct(
        a: left, b: right, c: db + i * plan.bStride * size,
        rows: plan.transposingB ? plan.columns : plan.depth,
        columns: plan.transposingB ? plan.depth : plan.columns, depth: plan.rows)
      kernels.product(product.transposingA().accumulating())
    }
  }
}

private func productBackward(_ tape: Tape, _ node: Tape.Node, _ dy: UnsafeMutableRawPointer) {
  let (a, b, plan) = (node.inputs.0, node.inputs.1, node.kept(as: BatchedProduct.self))
  if a.isVariable { tape.sendLeft(plan, dy, b.data, to: tape.gradient(of: a)) }
  if b.isVariable { tape.sendRight(plan, dy, a.data, to: tape.gradient(of: b)) }
}

/// The sizes of a batch of matrix products.
private struct BatchedProduct: BitwiseCopyable {
  /// Shape of the result.
  let shape: Shape
  let batch, rows, columns, depth: Int
  /// Elements from one matrix of the batch to the next; 0 where all share one.
  let aStride, bStride: Int
  let transposingB: Bool

  init(_ a: Shape, _ b: Shape, transposingB: Bool) {
    precondition(a.rank >= 2 && b.rank >= 2, "product: \(a) and \(b) are not matrices")
    (rows, depth, columns) = (a[-2], a[-1], transposingB ? b[-2] : b[-1])
    precondition(depth == (transposingB ? b[-1] : b[-2]), "product: \(a) times \(b)")
    let (aBatch, bBatch) = (a.count(of: 0..<a.rank - 2), b.count(of: 0..<b.rank - 2))
    precondition(
      a.rank == 2 || b.rank == 2 || aBatch == bBatch, "product: \(a) and \(b), two batches")
    batch = a.rank == 2 ? bBatch : aBatch
    aStride = a.rank == 2 && b.rank > 2 ? 0 : rows * depth
    bStride = b.rank == 2 && a.rank > 2 ? 0 : depth * columns
    var shape = a.rank >= b.rank ? a : b
    (shape[-2], shape[-1]) = (rows, columns)
    self.shape = shape
    self.transposingB = transposingB
  }
}
