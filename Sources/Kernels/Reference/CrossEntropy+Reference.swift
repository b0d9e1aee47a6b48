import KernelTables

extension ReferenceKernels {
  package static func crossEntropy(
    _ logits: UnsafeRawPointer, _ targets: ClassTargets, losses: UnsafeMutableRawPointer,
    gradient: UnsafeMutableRawPointer?, rows: Int, classes: Int
  ) {
    for r in 0..<rows {
      let x = UnsafeBufferPointer(start: logits.doubles + r * classes, count: classes)
      let t = (0..<classes).map { probability(targets, row: r, class: $0, of: classes) }
      let m = x.max() ?? 0
      let s = x.reduce(0) { $0 + Elementary.exponential($1 - m) }
      let total = t.reduce(0, +)
      losses.doubles[r] = zip(t, x).reduce(0) { sum, pair in
        pair.0 == 0 ? sum : sum + pair.0 * (Elementary.logarithm(s) - (pair.1 - m))
      }
      guard let gradient else { continue }
      for k in 0..<classes {
        gradient.doubles[r * classes + k] = Elementary.exponential(x[k] - m) / s * total - t[k]
      }
    }
  }

  private static func probability(
    _ targets: ClassTargets, row: Int, class k: Int, of classes: Int
  ) -> Double {
    let even = targets.smoothing / Double(classes)
    guard let labels = targets.labels else {
      let given = targets.probabilities?.doubles[row * classes + k] ?? 0
      return (1 - targets.smoothing) * given + even
    }
    guard labels[row] >= 0 else { return 0 }
    return (Int(labels[row]) == k ? 1 - targets.smoothing : 0) + even
  }
}
