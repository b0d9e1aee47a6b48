import Densities
import Synchronization

/// A density whose evaluations are counted.
final class CountedDensity: Density {
  let base: any Density
  let differentiable: (any DifferentiableDensity)?
  private let values = Atomic<Int>(0)
  private let scores = Atomic<Int>(0)

  init(_ base: any Density) {
    self.base = base
    differentiable = base as? any DifferentiableDensity
  }

  var dimension: Int { base.dimension }

  /// Whether it is a function of the user's, which is best called once for all points.
  var isFunction: Bool { base is any WholeBatchDensity }

  /// Points at which log ρ was evaluated, with or without its score.
  var energyCalls: Int { values.load(ordering: .relaxed) }

  /// Points at which the score was evaluated.
  var gradientCalls: Int { scores.load(ordering: .relaxed) }

  func resume(energyCalls: Int, gradientCalls: Int) {
    values.store(energyCalls, ordering: .relaxed)
    scores.store(gradientCalls, ordering: .relaxed)
  }

  /// Counts evaluations that were made elsewhere.
  func count(energyCalls: Int, gradientCalls: Int) {
    values.add(energyCalls, ordering: .relaxed)
    scores.add(gradientCalls, ordering: .relaxed)
  }

  /// What `body` asks here is counted there.
  func counting<Result>(in other: CountedDensity, _ body: () throws -> Result) rethrows -> Result {
    let (values, scores) = (energyCalls, gradientCalls)
    defer {
      other.count(energyCalls: energyCalls - values, gradientCalls: gradientCalls - scores)
      resume(energyCalls: values, gradientCalls: scores)
    }
    return try body()
  }

  func logDensity(of x: Points, into out: UnsafeMutablePointer<Float>) throws {
    values.add(x.count, ordering: .relaxed)
    try base.logDensity(of: x, into: out)
  }

  func score(
    of x: Points, logDensity: UnsafeMutablePointer<Float>, into score: UnsafeMutablePointer<Float>
  ) throws {
    values.add(x.count, ordering: .relaxed)
    scores.add(x.count, ordering: .relaxed)
    try differentiable?.logDensity(of: x, into: logDensity, score: score)
  }
}
