import Kernels

/// Means under a density, from weighted draws of something else.
///
/// ```text
/// μ = Σ u f / Σ u,     standard error  √(Σ ū² (f - μ)²),  ū = u / Σ u
/// ```
///
/// Self-normalised importance sampling with Pareto-smoothed weights. Errors of the order 1/n are ignored.
/// Reference: Owen (2013), *Monte Carlo theory, methods and examples*, equation 9.9; Vehtari, Simpson,
/// Gelman, Yao and Gabry (2024), *Pareto smoothed importance sampling*, arXiv:1507.02646
public struct ImportanceExpectation: Sendable, Equatable {
  /// μ of each function.
  public let values: [Double]
  /// Its standard error.
  public let standardErrors: [Double]
  /// Pareto k of the weights; with 0.7 or more neither can be trusted.
  public let shape: Double

  /// Averages.
  /// - Parameters:
  ///   - logWeights: [n], up to a constant.
  ///   - functions: f of each draw, [n, F].
  ///   - count: F.
  public init(_ logWeights: [Double], of functions: [Double], count: Int) {
    let tail = ParetoTail(logWeights)
    shape = tail.shape
    let largest = tail.logWeights.max() ?? 0
    let weights = tail.logWeights.map { scalarExp($0 - largest) }
    let total = weights.reduce(0, +)
    var (means, errors) = ([Double](), [Double]())
    for f in 0..<count {
      var (sum, squares) = (0.0, 0.0)
      for (row, weight) in weights.enumerated() { sum += weight * functions[row * count + f] }
      let mean = sum / total
      for (row, weight) in weights.enumerated() {
        let excess = weight / total * (functions[row * count + f] - mean)
        squares += excess * excess
      }
      means.append(mean)
      errors.append(squares.squareRoot())
    }
    (values, standardErrors) = (means, errors)
  }
}
