import Kernels
import Networks
import Tensors

/// The steps of a batch of paths that carry gradient, as rows of a regression.
///
/// Row r is a step from a state to the next with weight n ∂L / ∂ log q, n the number of rows, which the mean over rows
/// divides by again. Of a fraction f of the steps weights are divided by f: the gradient's mean is the
/// same as with all of them.
final class PosteriorRows: @unchecked Sendable {
  private let paths: StepPaths
  private let fraction: Double
  private let from, next: UnsafeMutablePointer<Float>
  private let scores: UnsafeMutablePointer<Float>?
  private let weights: UnsafeMutablePointer<Double>
  private let steps: UnsafeMutablePointer<Int32>
  private let conditions: UnsafeMutablePointer<Float>
  private let conditionDimension: Int

  /// Room for all steps of a batch.
  init(_ paths: StepPaths, fraction: Double, conditionDimension: Int = 0) {
    (self.paths, self.fraction) = (paths, fraction)
    self.conditionDimension = conditionDimension
    let count = paths.steps * paths.capacity
    conditions = .allocate(capacity: max(1, count * conditionDimension))
    from = .allocate(capacity: count * paths.dimension)
    next = .allocate(capacity: count * paths.dimension)
    scores = paths.scores.map { _ in .allocate(capacity: count * paths.dimension) }
    weights = .allocate(capacity: count)
    steps = .allocate(capacity: count)
  }

  deinit {
    from.deallocate()
    next.deallocate()
    scores?.deallocate()
    weights.deallocate()
    steps.deallocate()
    conditions.deallocate()
  }

  /// Draws the rows that carry gradient; returns how many.
  ///
  /// As many steps of every path, the same for all, drawn without replacement.
  /// - Parameters:
  ///   - adjoints: ∂L / ∂ log q, [T, B].
  ///   - features: What describes the conditions of the paths, [B, C]; nil where there are none.
  func choose(
    _ adjoints: [Double], features: UnsafePointer<Float>? = nil, _ stream: RandomStream
  ) -> Int {
    let (d, b) = (paths.dimension, paths.capacity)
    let chosen = choice(stream)
    let count = chosen.count * b
    let factor = Double(count) * Double(paths.steps) / Double(chosen.count)
    for (index, step) in chosen.enumerated() {
      let first = index * b
      (from + first * d).update(from: paths.state(step), count: b * d)
      (next + first * d).update(from: paths.state(step + 1), count: b * d)
      if let scores, let known = paths.scores {
        (scores + first * d).update(from: known + step * b * d, count: b * d)
      }
      if let features {
        (conditions + first * conditionDimension).update(
          from: features, count: b * conditionDimension)
      }
      for path in 0..<b {
        steps[first + path] = Int32(step)
        weights[first + path] = factor * adjoints[step * b + path]
      }
    }
    return count
  }

  private func choice(_ stream: RandomStream) -> [Int] {
    guard fraction < 1 else { return Array(0..<paths.steps) }
    let count = max(1, Int((fraction * Double(paths.steps)).rounded()))
    let order = stream.folding(.shuffling).draw(
      Permutation(of: paths.steps), step: 0, rows: 0..<1)
    return order.prefix(count).sorted()
  }

  /// Σ weight × log q of some of the rows.
  func loss(of model: any StepModel, _ range: Range<Int>, _ context: Context) -> Tensor {
    let (tape, first) = (context.tape, range.lowerBound)
    let known = scores.map {
      StepScores(values: $0 + first * paths.dimension, areKnown: true)
    }
    let logarithms = model.logProbability(
      steps + first,
      StepRows(
        first: first, count: range.count,
        conditions: conditionDimension > 0 ? conditions + first * conditionDimension : nil
      ).keeping(known),
      of: next + first * paths.dimension, from: from + first * paths.dimension, context)
    let factors = tape.allocate(Shape(range.count))
    for row in range { tape.write(weights[row], at: row - first, of: factors) }
    return tape.sum(tape.multiply(logarithms, factors))
  }
}
