import Kernels

/// One number of every state of some chains, [M, N], and what it tells about their mixing.
///
/// Reference: Vehtari, Gelman, Simpson, Carpenter and Bürkner (2021), *Rank-normalization, folding, and
/// localization: an improved R-hat for assessing convergence of MCMC*, arXiv:1903.08008
struct ChainQuantity {
  /// Values, chain by chain.
  let values: [Double]
  /// M.
  let chains: Int
  /// N.
  var draws: Int { values.count / chains }

  /// Each chain as two: its first and its last ⌊N/2⌋ values.
  var split: ChainQuantity {
    let half = draws / 2
    let halves = (0..<chains).flatMap { chain -> [Double] in
      let own = values[chain * draws..<(chain + 1) * draws]
      return Array(own.prefix(half)) + Array(own.suffix(half))
    }
    return ChainQuantity(values: halves, chains: 2 * chains)
  }

  /// The values' normal scores Φ⁻¹((r - 3/8) / (S + 1/4)), r the rank among all S, ties at their mean rank.
  var rankNormalized: ChainQuantity {
    let order = values.indices.sorted { values[$0] < values[$1] }
    var scores = values
    var first = 0
    while first < order.count {
      var last = first
      while last + 1 < order.count, values[order[last + 1]] == values[order[first]] { last += 1 }
      let rank = Double(first + last) / 2 + 1
      let score = normalQuantile((rank - 0.375) / (Double(order.count) + 0.25))
      for place in first...last { scores[order[place]] = score }
      first = last + 1
    }
    return ChainQuantity(values: scores, chains: chains)
  }

  /// Distances from the median.
  var folded: ChainQuantity {
    let median = quantile(0.5)
    return ChainQuantity(values: values.map { ($0 - median).magnitude }, chains: chains)
  }

  /// 1 where a value is at most the p-quantile of all, else 0.
  func indicator(_ p: Double) -> ChainQuantity {
    let bound = quantile(p)
    return ChainQuantity(values: values.map { $0 <= bound ? 1 : 0 }, chains: chains)
  }

  /// The p-quantile of all values, by linear interpolation between order statistics.
  func quantile(_ p: Double) -> Double {
    let sorted = values.sorted()
    let place = p * Double(sorted.count - 1)
    let low = Int(place)
    let high = min(low + 1, sorted.count - 1)
    return sorted[low] + (place - Double(low)) * (sorted[high] - sorted[low])
  }

  /// Whether all values are the same.
  private var isConstant: Bool { values.allSatisfy { $0 == values[0] } }

  /// The mean of each chain, and the sums of its squared distances from it over N - 1.
  private var moments: (means: [Double], variances: [Double]) {
    let n = draws
    let means = (0..<chains).map { values[$0 * n..<($0 + 1) * n].reduce(0, +) / Double(n) }
    let variances = (0..<chains).map { chain in
      values[chain * n..<(chain + 1) * n].reduce(0) {
        $0 + ($1 - means[chain]) * ($1 - means[chain])
      } / Double(n - 1)
    }
    return (means, variances)
  }

  /// R-hat, √((B/W + N - 1) / N): B is N times the variance of the chains' means, W the mean of their
  /// variances; equation 4 of the reference.
  var scaleReduction: Double {
    let (means, variances) = moments
    let n = Double(draws)
    let within = variances.reduce(0, +) / Double(chains)
    return ((n * variance(means) / within + n - 1) / n).squareRoot()
  }

  /// How many independent values these are worth, from autocorrelations up to where pairs of them become
  /// negative (Geyer's initial monotone sequence); equations 10 to 13 of the reference.
  var effectiveSize: Double {
    let total = Double(values.count)
    if isConstant { return total }
    let n = Double(draws)
    let (means, variances) = moments
    let within = variances.reduce(0, +) / Double(chains)
    let whole = within * (n - 1) / n + (chains > 1 ? variance(means) : 0)
    func correlation(_ lag: Int) -> Double {
      1 - (within - autocovariance(lag, means)) / whole
    }
    var rho = [1.0, correlation(1)]
    var pair = (even: rho[0], odd: rho[1])
    var t = 1
    while t < draws - 3, pair.even + pair.odd > 0 {
      pair = (correlation(t + 1), correlation(t + 2))
      if pair.even + pair.odd >= 0 { rho += [pair.even, pair.odd] } else { rho += [0, 0] }
      t += 2
    }
    let last = t - 2
    if pair.even > 0, last + 1 >= 0 { rho[last + 1] = pair.even }
    makeMonotone(&rho, through: last)
    let sum = rho.prefix(max(0, last + 1)).reduce(0, +)
    let tau = -1 + 2 * sum + (last + 1 < rho.count && last + 1 >= 0 ? rho[last + 1] : 0)
    return total / max(tau, scalarLog(10) / scalarLog(total))
  }

  private func makeMonotone(_ rho: inout [Double], through last: Int) {
    for t in stride(from: 1, through: last - 2, by: 2)
    where rho[t + 1] + rho[t + 2] > rho[t - 1] + rho[t] {
      rho[t + 1] = (rho[t - 1] + rho[t]) / 2
      rho[t + 2] = rho[t + 1]
    }
  }

  /// The mean over chains of Σ (x_i - x̄) (x_{i+lag} - x̄) / N.
  private func autocovariance(_ lag: Int, _ means: [Double]) -> Double {
    let n = draws
    var sum = 0.0
    values.withUnsafeBufferPointer { values in
      for chain in 0..<chains {
        let mean = means[chain]
        for i in chain * n..<(chain + 1) * n - lag {
          sum += (values[i] - mean) * (values[i + lag] - mean)
        }
      }
    }
    return sum / Double(n) / Double(chains)
  }

  /// The standard deviation of all values together.
  var standardDeviation: Double { variance(values).squareRoot() }

  /// The mean of all values.
  var mean: Double { values.reduce(0, +) / Double(values.count) }
}

/// Σ (x - x̄)² / (n - 1).
private func variance(_ x: [Double]) -> Double {
  let mean = x.reduce(0, +) / Double(x.count)
  return x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(x.count - 1)
}
