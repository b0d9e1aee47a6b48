import Kernels

/// What the draws of several chains tell about their mixing, coordinate by coordinate.
///
/// R-hat is the larger of those of ranks and of folded ranks over split chains; bulk ESS that of ranks, tail
/// ESS the smaller of those of the 5% and the 95% quantile. Fewer than four draws tell nothing: NaN.
/// Reference: Vehtari, Gelman, Simpson, Carpenter and Bürkner (2021), *Rank-normalization, folding, and
/// localization: an improved R-hat for assessing convergence of MCMC*, arXiv:1903.08008
public struct ChainDiagnostics: Sendable, Equatable {
  /// R-hat, [D]: 1 where chains cannot be told apart.
  public private(set) var rHat: [Double]
  /// Draws that the ranks are worth, [D].
  public private(set) var bulkSize: [Double]
  /// Draws that the tails are worth, [D].
  public private(set) var tailSize: [Double]
  /// The mean of all draws, [D].
  public private(set) var mean: [Double]
  /// The standard deviation of all draws, [D].
  public private(set) var standardDeviation: [Double]
  /// The standard error of the mean, [D].
  public private(set) var standardError: [Double]
  /// Chains.
  public let chains: Int
  /// Draws of all of them.
  public let count: Int

  /// Judges draws.
  /// - Parameters:
  ///   - x: [chains, draws, dimension].
  ///   - pool: The threads to use, on which no result depends.
  public init(_ x: [Float], chains: Int, dimension: Int, pool: ThreadPool = .shared) {
    self.init(
      chains: chains, draws: x.count / max(1, chains * dimension), dimension: dimension, pool
    ) {
      Double(x[$0])
    }
  }

  /// Judges draws.
  /// - Parameters:
  ///   - x: [chains, draws, dimension].
  ///   - pool: The threads to use, on which no result depends.
  public init(_ x: [Double], chains: Int, dimension: Int, pool: ThreadPool = .shared) {
    self.init(
      chains: chains, draws: x.count / max(1, chains * dimension), dimension: dimension, pool
    ) {
      x[$0]
    }
  }

  private init(
    chains: Int, draws: Int, dimension: Int, _ pool: ThreadPool, _ value: (Int) -> Double
  ) {
    (self.chains, count) = (chains, chains * draws)
    let unknown = [Double](repeating: .nan, count: dimension)
    (rHat, bulkSize, tailSize) = (unknown, unknown, unknown)
    (mean, standardDeviation, standardError) = (unknown, unknown, unknown)
    guard draws >= 4 else { return }
    var table = [[Double]](repeating: [], count: dimension)
    table.withUnsafeMutableBufferPointer { buffer in
      nonisolated(unsafe) let rows = buffer
      pool.run(dimension) { j, _ in
        let values = (0..<chains * draws).map { value($0 * dimension + j) }
        rows[j] = figures(ChainQuantity(values: values, chains: chains))
      }
    }
    for (j, row) in table.enumerated() {
      (rHat[j], bulkSize[j], tailSize[j]) = (row[0], row[1], row[2])
      (mean[j], standardDeviation[j], standardError[j]) = (row[3], row[4], row[5])
    }
  }
}

/// R-hat, bulk and tail size, mean, standard deviation and standard error.
private func figures(_ quantity: ChainQuantity) -> [Double] {
  guard quantity.values.allSatisfy(\.isFinite) else {
    return [Double](repeating: .nan, count: 6)
  }
  let split = quantity.split
  let ranks = split.rankNormalized
  let tails = [0.05, 0.95].map { quantity.indicator($0).split.effectiveSize }
  let deviation = quantity.standardDeviation
  return [
    max(ranks.scaleReduction, split.folded.rankNormalized.scaleReduction), ranks.effectiveSize,
    min(tails[0], tails[1]), quantity.mean, deviation,
    deviation / split.effectiveSize.squareRoot(),
  ]
}

extension ChainDiagnostics {
  /// The figures of the worst coordinate, with verdicts.
  public var metrics: [Metric] {
    let errors = zip(standardError, standardDeviation).map { $0 / $1 }
    return [
      worst("r-hat", rHat, truth: 1, isWorse: >, ok: { $0 <= 1.01 }, warn: { $0 <= 1.05 }) {
        "chains \($0 <= 1.01 ? "agree" : "differ"), most in coordinate \($1)"
      },
      worst("bulk-ess", bulkSize, isWorse: <, ok: { $0 >= 400 }, warn: { $0 >= 100 }) {
        "draws that the centre is worth, fewest in coordinate \($1)"
      },
      worst("tail-ess", tailSize, isWorse: <, ok: { $0 >= 400 }, warn: { $0 >= 100 }) {
        "draws that the tails are worth, fewest in coordinate \($1)"
      },
      worst("standard-error", errors, isWorse: >, ok: { $0 <= 0.05 }, warn: { $0 <= 0.1 }) {
        "of the mean, in standard deviations, largest in coordinate \($1)"
      },
    ]
  }

  /// A figure of the coordinate that is worst; not a number is worst of all.
  private func worst(
    _ name: String, _ values: [Double], truth: Double? = nil, isWorse: (Double, Double) -> Bool,
    ok: (Double) -> Bool, warn: (Double) -> Bool, _ reason: (Double, Int) -> String
  ) -> Metric {
    var place = 0
    for (j, value) in values.enumerated() where !values[place].isNaN {
      if value.isNaN || isWorse(value, values[place]) { place = j }
    }
    let value = values[place]
    let verdict: Verdict = ok(value) ? .ok : warn(value) ? .warn : .fail
    return Metric(
      name, value, count: count, truth: truth, verdict,
      value.isNaN ? "not known: draws too few, constant or not finite" : reason(value, place))
  }
}
