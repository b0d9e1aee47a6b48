import KernelTables

/// Bytes of weights that stay in the cache while rows go by.
private let cachedWeights = 128 << 10

/// Rows whose products stay in the cache until the function has met them.
private let cachedRows = 60

/// Rows whose gradient stays in the cache until all products have met it.
private let cachedGradientRows = 240

extension Tape {
  /// f(x W + b) for the last axis.
  ///
  ///     z = x W + b,  dz = f'(z) dy,  dx = dz Wᵀ,  dW += xᵀ dz,  db += Σ rows of dz
  ///
  /// The bits of `apply` after `linear`. f'(z) takes the place of z while it is in the cache, so that z is
  /// neither kept nor fetched again.
  /// - Parameters:
  ///   - x: [rows …, inputs].
  ///   - weight: [inputs, outputs].
  ///   - bias: [outputs]; nil for none.
  ///   - transpose: The weight's transpose, [outputs, inputs].
  ///   - function: f.
  /// - Returns: [rows …, outputs].
  package func linear(
    _ x: Tensor, weight: Tensor, bias: Tensor?, transpose: UnsafeRawPointer,
    then function: ElementwiseFunction
  ) -> Tensor {
    guard !follows(x), !follows(weight), !(bias.map(follows) ?? false) else {
      return apply(function, linear(x, weight: weight, bias: bias, transpose: transpose))
    }
    let (rows, inputs, outputs) = (x.shape.rows, weight.shape[0], weight.shape[1])
    precondition(x.shape.columns == inputs, "linear: x is \(x.shape), weight \(weight.shape)")
    let shape = x.shape.replacing(axis: -1, with: outputs)
    let (isRecorded, size) = (records(x, weight, bias), type.byteCount)
    let y = allocate(shape)
    let slope = isRecorded ? allocate(shape) : y
    let (products, isFound) = products == .ordinary ? (slope, false) : allocateProduct(shape)
    for run in runs(of: rows, weight, by: cachedRows) {
      let (first, count) = (run.lowerBound * outputs * size, run.count * outputs)
      let (z, target) = (products.data + first, y.data + first)
      if !isFound {
        let product = MatrixProduct(
          a: x.data + run.lowerBound * inputs * size, b: weight.data, c: z, rows: run.count,
          columns: outputs, depth: inputs)
        kernels.product(bias.map { product.adding(row: $0.data) } ?? product)
      }
      if isRecorded {
        kernels.mapWithDerivative(
          function, z, to: target, derivative: slope.data + first, count: count)
      } else {
        kernels.map(function, z, to: target, count: count)
      }
    }
    guard isRecorded else { return y }
    let kept = ActivatedLinear(
      slope: slope.data, transpose: transpose, hasBias: bias != nil)
    return record(y, x, weight, bias, saved: keep(kept), backward: activatedLinearBackward)
  }

  /// Runs of rows that stay in the cache, or all rows where the weights do not.
  fileprivate func runs(of rows: Int, _ weight: Tensor, by length: Int) -> RowRuns {
    RowRuns(rows: rows, length: weight.byteCount > cachedWeights ? max(1, rows) : length)
  }
}

/// Runs of rows, one after the other.
private struct RowRuns: Sequence, IteratorProtocol {
  let rows, length: Int
  var first = 0

  mutating func next() -> Range<Int>? {
    guard first < rows else { return nil }
    defer { first += length }
    return first..<Swift.min(first + length, rows)
  }
}

/// What the gradient needs.
private struct ActivatedLinear: BitwiseCopyable {
  /// f'(z), [rows, outputs].
  let slope: UnsafeMutableRawPointer
  let transpose: UnsafeRawPointer
  let hasBias: Bool
}

private func activatedLinearBackward(
  _ tape: Tape, _ node: Tape.Node, _ dy: UnsafeMutableRawPointer
) {
  let kept = node.kept(as: ActivatedLinear.self)
  let (shape, weight) = (node.output.shape, node.inputs.1)
  let gradients = LinearGradients(
    tape, node, transpose: kept.transpose, hasBias: kept.hasBias)
  let runs = tape.runs(of: shape.rows, weight, by: cachedGradientRows)
  let dz = tape.allocate(Shape(Swift.min(runs.length, shape.rows), shape.columns))
  for run in runs {
    let first = run.lowerBound * shape.columns * tape.type.byteCount
    tape.kernels.multiply(
      dy + first, kept.slope + first, to: dz.data, count: run.count * shape.columns,
      accumulating: false)
    gradients.send(dz.data, rows: run)
  }
}
