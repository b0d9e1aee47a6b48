import CVectors
import KernelTables

// With m the greatest logit of a row, s = Σ exp(x - m) and t the smoothed targets,
//
//     loss = T log s - Σ t (x - m),    gradient = exp(x - m) T / s - t,    T = Σ t.
//
// Goals, in order: the same bits on every processor (sums by sixteen lanes and a fixed tree); no
// overflow, and no digits lost where one class has almost all the probability; one exponential for
// value and gradient.

/// 0, 1, …, 15.
private let laneNumbers = IntegerLanes(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)

/// x in the first lanes, `other` in those that do not remain.
@_transparent
private func keeping(_ x: Lanes, _ remaining: Int, else other: Float) -> Lanes {
  let bound = IntegerLanes(repeating: Int32(truncatingIfNeeded: remaining < 16 ? remaining : 16))
  return Lanes(repeating: other).replacing(with: x, where: laneNumbers .< bound)
}

private func greatest(_ x: UnsafePointer<Float>, _ count: Int) -> Float {
  var best = Lanes(repeating: -.infinity)
  forEachRun(count) { j, run in
    let v = keeping(run.load(x + j), run.remaining, else: -.infinity)
    best = best.replacing(with: v, where: v .> best)
  }
  return maxOfLanes(best)
}

/// Σ exp(x - m), each term written to `terms` where that is not nil.
private func sumOfExponentials(
  _ x: UnsafePointer<Float>, _ m: Float, _ count: Int, _ terms: UnsafeMutablePointer<Float>?
) -> Float {
  var sum = Lanes()
  forEachRun(count) { j, run in
    let e = exponential(run.load(x + j) - Lanes(repeating: m))
    if let terms { run.store(e, terms + j) }
    sum += keeping(e, run.remaining, else: 0)
  }
  return sumOfLanes(sum)
}

/// Σ (x - m).
private func sumOfDistances(_ x: UnsafePointer<Float>, _ m: Float, _ count: Int) -> Float {
  var sum = Lanes()
  forEachRun(count) { j, run in
    sum += keeping(run.load(x + j) - Lanes(repeating: m), run.remaining, else: 0)
  }
  return sumOfLanes(sum)
}

extension VectorKernels {
  package static func crossEntropy(
    _ logits: UnsafeRawPointer, _ targets: ClassTargets, losses: UnsafeMutableRawPointer,
    gradient: UnsafeMutableRawPointer?, rows: Int, classes: Int
  ) {
    for r in 0..<rows {
      let x = logits.floats + r * classes
      let g = gradient.map { $0.floats + r * classes }
      losses.floats[r] =
        if let labels = targets.labels {
          labelLoss(x, Int(labels[r]), Float(targets.smoothing), g, classes)
        } else if let probabilities = targets.probabilities {
          probabilityLoss(
            x, probabilities.floats + r * classes, Float(targets.smoothing), g, classes)
        } else {
          0
        }
    }
  }

  private static func labelLoss(
    _ x: UnsafePointer<Float>, _ label: Int, _ smoothing: Float,
    _ gradient: UnsafeMutablePointer<Float>?, _ classes: Int
  ) -> Float {
    guard label >= 0 else {
      gradient?.update(repeating: 0, count: classes)
      return 0
    }
    let m = greatest(x, classes)
    let s = sumOfExponentials(x, m, classes, gradient)
    let (kept, even) = (1 - smoothing, smoothing / Float(classes))
    var loss = logarithm(Lanes(repeating: s))[0] - kept * (x[label] - m)
    if smoothing > 0 { loss -= even * sumOfDistances(x, m, classes) }
    if let gradient {
      let (scale, shift) = (Lanes(repeating: 1 / s), Lanes(repeating: 0 - even))
      forEachRun(classes) { j, run in
        let e = run.load(UnsafePointer(gradient + j))
        run.store(vector_fma(e, scale, shift), gradient + j)
      }
      gradient[label] -= kept
    }
    return loss
  }

  private static func probabilityLoss(
    _ x: UnsafePointer<Float>, _ t: UnsafePointer<Float>, _ smoothing: Float,
    _ gradient: UnsafeMutablePointer<Float>?, _ classes: Int
  ) -> Float {
    let m = greatest(x, classes)
    let s = sumOfExponentials(x, m, classes, gradient)
    let (kept, even) = (Lanes(repeating: 1 - smoothing), smoothing / Float(classes))
    var (total, product) = (Lanes(), Lanes())
    forEachRun(classes) { j, run in
      let weight = vector_fma(run.load(t + j), kept, Lanes(repeating: even))
      let inside = keeping(weight, run.remaining, else: 0)
      total += inside
      product = vector_fma(inside, run.load(x + j) - Lanes(repeating: m), product)
    }
    let sum = sumOfLanes(total)
    if let gradient {
      let scale = Lanes(repeating: sum / s)
      forEachRun(classes) { j, run in
        let weight = vector_fma(run.load(t + j), kept, Lanes(repeating: even))
        let e = run.load(UnsafePointer(gradient + j))
        run.store(vector_fma(e, scale, Lanes() - weight), gradient + j)
      }
    }
    return sum * logarithm(Lanes(repeating: s))[0] - sumOfLanes(product)
  }
}
