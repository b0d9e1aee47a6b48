import Tensors

/// Which parameters of a training are drawn with.
public enum SelectionRule: String, Codable, Sendable, CaseIterable {
  /// The last, or their average.
  case last
  /// Those whose generation had the largest median log-weight: a bound of log Z that energies of fresh draws
  /// give, where a few draws of overlapping particles, or of no weight, count no more than others.
  case weights
}

/// The best parameters of a training so far.
final class ParameterSelection {
  /// How good they are; -∞ before any.
  private(set) var score = -Double.infinity
  private let best: UnsafeMutablePointer<Float>
  private let parameters: ParameterSet

  init(of parameters: ParameterSet) {
    self.parameters = parameters
    best = .allocate(capacity: max(1, parameters.count))
    best.initialize(from: parameters.values, count: parameters.count)
  }

  deinit { best.deallocate() }

  /// The best, laid out like the parameters.
  var values: UnsafeBufferPointer<Float> {
    UnsafeBufferPointer(start: best, count: parameters.count)
  }

  /// Keeps the present parameters where they are better.
  func offer(_ score: Double) {
    guard score > self.score else { return }
    self.score = score
    best.update(from: parameters.values, count: parameters.count)
  }

  /// Goes on from a saved selection.
  func restore(_ saved: [Float], score: Double) {
    precondition(saved.count == parameters.count, "the selection has other parameters")
    best.update(from: saved, count: saved.count)
    self.score = score
  }

  /// Exchanges the best and the present parameters.
  func swapWithParameters() {
    for i in 0..<parameters.count { swap(&best[i], &parameters.values[i]) }
    parameters.refreshTransposes()
  }
}
