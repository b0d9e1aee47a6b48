import KernelTables

// Rows brought to unit size. Where an axis other than the last is normalised (context normalisation:
// each feature over the entries of a sequence), `mean`, `variance` and arithmetic say it in a line.

extension Tape {
  /// Layer normalisation: gain (x - mean) / √(variance + ε) + bias along the last axis.
  ///
  ///     n = (x - mean) r,  r = 1 / √(variance + ε),  g = gain dy
  ///     dx = r (g - mean(g) - n mean(g n)),  dgain = Σ rows of dy n,  dbias = Σ rows of dy
  ///
  /// The variance is the mean square, without correction, as in the common frameworks.
  /// - Parameters:
  ///   - x: [… , columns].
  ///   - gain: [columns]; nil for 1.
  ///   - bias: [columns]; nil for 0.
  /// Reference: Ba, Kiros and Hinton (2016), *Layer normalization*, arXiv:1607.06450, eq. 3
  package func layerNormalization(
    _ x: Tensor, gain: Tensor? = nil, bias: Tensor? = nil, epsilon: Double = 1e-5
  ) -> Tensor {
    normalized(x, gain, bias, epsilon: epsilon, isCentred: true)
  }

  /// Root mean square normalisation: gain x / √(mean square + ε) along the last axis.
  ///
  ///     n = x r,  r = 1 / √(mean square + ε),  g = gain dy,  dx = r (g - n mean(g n))
  ///
  /// - Parameters:
  ///   - x: [… , columns].
  ///   - gain: [columns]; nil for 1.
  /// Reference: Zhang and Sennrich (2019), arXiv:1910.07467, eq. 4
  package func rootMeanSquareNormalization(
    _ x: Tensor, gain: Tensor? = nil, epsilon: Double = 1e-5
  ) -> Tensor {
    normalized(x, gain, nil, epsilon: epsilon, isCentred: false)
  }

  private func normalized(
    _ x: Tensor, _ gain: Tensor?, _ bias: Tensor?, epsilon: Double, isCentred: Bool
  ) -> Tensor {
    let columns = x.shape.columns
    precondition(
      (gain?.count ?? columns) == columns && (bias?.count ?? columns) == columns,
      "normalization: x is \(x.shape), gain or bias of another size")
    let y = allocate(x.shape)
    let plan = NormalizationPlan(
      epsilon: epsilon, isCentred: isCentred, hasGain: gain != nil, hasBias: bias != nil,
      statistics: allocate(Shape(x.shape.rows, 2)).data)
    kernels.normalizeRows(
      plan.kernelPlan(gain, bias), x.data, to: y.data, statistics: plan.statistics,
      rows: x.shape.rows, columns: columns)
    let recorded =
      records(x, gain, bias)
      ? record(y, x, gain, bias, saved: keep(plan), backward: normalizationBackward) : y
    return withTangents(recorded, x, gain, bias, plan)
  }

  private func withTangents(
    _ y: Tensor, _ x: Tensor, _ gain: Tensor?, _ bias: Tensor?, _ plan: NormalizationPlan
  ) -> Tensor {
    var out = pushForward(y, x) { tangent(at: x, along: $0, gain, plan) }
    if let gain {
      out = pushForwardAdding(out, gain) { moved in multiply(normal(x, plan).value, moved) }
    }
    if let bias { out = pushForwardAdding(out, bias) { broadcast($0, to: x.shape) } }
    return out
  }

  /// gain r (dx - mean(dx) - n mean(n dx)), in operations of the tape.
  private func tangent(
    at x: Tensor, along dx: Tensor, _ gain: Tensor?, _ plan: NormalizationPlan
  ) -> Tensor {
    let (n, r) = normal(x, plan)
    let centred = plan.isCentred ? subtract(dx, mean(dx, over: [-1], keeping: true)) : dx
    let along = multiply(n, mean(multiply(n, dx), over: [-1], keeping: true))
    let moved = multiply(subtract(centred, along), r)
    return gain.map { multiply(moved, $0) } ?? moved
  }

  /// n and r, in operations of the tape.
  private func normal(
    _ x: Tensor, _ plan: NormalizationPlan
  ) -> (value: Tensor, inverse: Tensor) {
    let centred = plan.isCentred ? subtract(x, mean(x, over: [-1], keeping: true)) : x
    let square = mean(apply(.square, centred), over: [-1], keeping: true)
    let inverse = apply(.reciprocal, apply(.squareRoot, affine(square, shift: plan.epsilon)))
    return (multiply(centred, inverse), inverse)
  }
}

/// What the gradient of a normalisation needs to know.
private struct NormalizationPlan: BitwiseCopyable {
  let epsilon: Double
  let isCentred: Bool
  let hasGain: Bool
  let hasBias: Bool
  /// Mean and reciprocal root of each row.
  let statistics: UnsafeMutableRawPointer

  func kernelPlan(_ gain: Tensor?, _ bias: Tensor?) -> RowNormalization {
    RowNormalization(
      isCentred: isCentred, epsilon: epsilon, gain: gain.map { UnsafeRawPointer($0.data) },
      bias: bias.map { UnsafeRawPointer($0.data) })
  }
}

private func normalizationBackward(
  _ tape: Tape, _ node: Tape.Node, _ dy: UnsafeMutableRawPointer
) {
  let (x, plan) = (node.inputs.0, node.kept(as: NormalizationPlan.self))
  let gain = plan.hasGain ? node.inputs.1 : nil
  let bias = plan.hasBias ? node.inputs.2 : nil
  let dx = x.isVariable ? tape.gradientBuffer(of: x) : nil
  tape.kernels.normalizeRowsGradient(
    plan.kernelPlan(gain, bias), x.data, dy, statistics: plan.statistics, to: dx?.data,
    accumulating: dx.map { !$0.isFresh } ?? false,
    gain: gain.flatMap { $0.isVariable ? tape.gradient(of: $0) : nil },
    bias: bias.flatMap { $0.isVariable ? tape.gradient(of: $0) : nil }, rows: x.shape.rows,
    columns: x.shape.columns)
}
