import KernelTables

extension Tape {
  /// -Σ_k t_k log softmax(x)_k of each row, the target a class.
  ///
  ///     t = (1 - ε) [k = label] + ε / classes,    dx = dy (softmax(x) - t)
  ///
  /// Value and gradient take one exponential for each element; nothing overflows.
  /// - Parameters:
  ///   - logits: x, [rows …, classes].
  ///   - labels: From 0 to the number of classes, one a row; a row with a negative label counts nothing.
  ///   - smoothing: ε, from 0 to 1.
  /// - Returns: [rows …].
  /// Reference: Szegedy et al. (2016), arXiv:1512.00567, section 7 (label smoothing)
  package func crossEntropy(
    _ logits: Tensor, labels: Indices, smoothing: Double = 0
  ) -> Tensor {
    precondition(
      labels.count == logits.shape.rows, "crossEntropy: \(labels.count) labels, \(logits.shape)")
    precondition(
      (0..<labels.count).allSatisfy { labels.data[$0] < logits.shape.columns },
      "crossEntropy: a label beyond \(logits.shape.columns) classes")
    let targets = ClassTargets(
      labels: UnsafePointer(labels.data), probabilities: nil, smoothing: smoothing)
    return crossEntropy(logits, targets)
  }

  /// -Σ_k t_k log softmax(x)_k of each row, the target a probability of each class.
  ///
  ///     t = (1 - ε) probabilities + ε / classes,    dx = dy (softmax(x) Σ t - t)
  ///
  /// - Parameters:
  ///   - logits: x, [rows …, classes].
  ///   - probabilities: Same shape; constants.
  ///   - smoothing: ε, from 0 to 1.
  /// - Returns: [rows …].
  package func crossEntropy(
    _ logits: Tensor, probabilities: Tensor, smoothing: Double = 0
  ) -> Tensor {
    precondition(
      probabilities.shape == logits.shape,
      "crossEntropy: probabilities \(probabilities.shape), logits \(logits.shape)")
    let targets = ClassTargets(
      labels: nil, probabilities: UnsafeRawPointer(probabilities.data), smoothing: smoothing)
    return crossEntropy(logits, targets)
  }

  private func crossEntropy(_ x: Tensor, _ targets: ClassTargets) -> Tensor {
    guard !follows(x) else { return composedCrossEntropy(x, targets) }
    let losses = allocate(x.shape.removing(axis: x.shape.rank - 1))
    let gradient = records(x) ? allocate(x.shape) : nil
    kernels.crossEntropy(
      x.data, targets, losses: losses.data, gradient: gradient?.data, rows: x.shape.rows,
      classes: x.shape.columns)
    guard let gradient else { return losses }
    return record(losses, x, gradient, backward: crossEntropyBackward)
  }

  /// The definition in operations of the tape, for what moves.
  private func composedCrossEntropy(_ x: Tensor, _ targets: ClassTargets) -> Tensor {
    let logProbabilities = subtract(x, logSumExp(x, keeping: true))
    let product = multiply(smoothed(targets, x.shape), logProbabilities)
    return scale(sum(product, over: [-1]), by: -1)
  }

  /// t as a constant.
  private func smoothed(_ targets: ClassTargets, _ shape: Shape) -> Tensor {
    let classes = shape.columns
    let even = targets.smoothing / Double(classes)
    guard let labels = targets.labels else {
      let given = targets.probabilities.map { constant(at: $0, shape) } ?? constant(0, shape)
      return affine(given, scale: 1 - targets.smoothing, shift: even)
    }
    let t = constant(0, shape)
    for r in 0..<shape.rows where labels[r] >= 0 {
      for k in 0..<classes {
        let isLabel = Int(labels[r]) == k
        write((isLabel ? 1 - targets.smoothing : 0) + even, at: r * classes + k, of: t)
      }
    }
    return t
  }
}

private func crossEntropyBackward(
  _ tape: Tape, _ node: Tape.Node, _ dy: UnsafeMutableRawPointer
) {
  let (x, slope) = (node.inputs.0, node.inputs.1)
  let rows = tape.constant(at: dy, Shape(x.shape.rows, 1))
  let matrix = Shape(x.shape.rows, x.shape.columns)
  let slopes = tape.constant(at: slope.data, matrix)
  let (dx, isFresh) = tape.gradientBuffer(of: x)
  if isFresh { return tape.combine(.multiply, slopes, rows, to: dx) }
  let part = tape.combined(.multiply, slopes, rows)
  tape.kernels.accumulate(part.data, into: dx, count: x.count)
}
