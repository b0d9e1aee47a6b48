import Kernels

/// The tail of importance weights as a generalised Pareto distribution: how many moments they have.
///
///     P(u > c + t) ∝ (1 + k t / σ)^(-1/k),   the M largest of n weights u = exp(w) above a cut c
///
/// Weights with a shape k have a finite mean below 1 and a finite variance below ½. Estimates from n
/// draws can be trusted for k < min(1 - 1 / log₁₀ n, 0.7). A sampler that misses a mode gives no large
/// weight and no large k: like all that rests on its own draws, this cannot see it.
///
/// Goals, in order: the published estimator to rounding; an interval that holds; the same bits everywhere.
/// M = min(n/5, 3 √(n / r)), rounded up as in R's loo (ArviZ 1.x rounds down: with one weight less k differs in
/// the second digit), r the relative efficiency of dependent draws. k is the profile-posterior
/// mean of Zhang and Stephens, drawn towards ½ as if by ten more weights.
/// Reference: Vehtari, Simpson, Gelman, Yao and Gabry (2024), *Pareto smoothed importance sampling*,
/// JMLR 25, arXiv:1507.02646, sections 2.4 and 3 and appendix G; Zhang and Stephens (2009), *A new and
/// efficient estimation method for the generalized Pareto distribution*, Technometrics 51
public struct ParetoTail: Sendable, Equatable {
  /// k; ∞ where fewer than five weights are in the tail or one is NaN or infinite, -∞ where the largest
  /// weights are equal.
  public let shape: Double
  /// The 95% interval of k, see `shapeInterval`; nil where k is infinite.
  public let interval: ClosedRange<Double>?
  /// Log-weights with the tail replaced by the fit's quantiles, none above the largest, [n].
  ///
  /// In the order and on the scale of those given, so that their `logMeanExp` estimates log Z.
  public let logWeights: [Double]
  /// How many weights were fitted.
  public let count: Int

  /// Fits and smooths.
  /// - Parameters:
  ///   - w: Log-weights, [n], up to a constant.
  ///   - relativeEfficiency: Effective over actual number of draws, 1 for independent ones.
  public init(_ w: [Double], relativeEfficiency: Double = 1) {
    precondition(relativeEfficiency > 0, "Pareto tail: the relative efficiency must be positive")
    let order = tailOrder(w, relativeEfficiency)
    guard let cut = order.first, let last = order.last, w[last].isFinite, order.count > 5 else {
      (shape, interval, logWeights, count) = (.infinity, nil, w, 0)
      return
    }
    let largest = w[last]
    let base = scalarExp(max(w[cut] - largest, smallestLogWeight))
    let tail = order.filter { scalarExp(w[$0] - largest) > base }
    guard tail.count > 4 else {
      (shape, interval) = (tail.isEmpty ? -.infinity : .infinity, nil)
      (logWeights, count) = (w, tail.count)
      return
    }
    let fit = GeneralizedParetoFit(tail.map { scalarExp(w[$0] - largest) - base })
    var smoothed = w
    for (rank, index) in tail.enumerated() {
      let excess = fit.quantile((Double(rank) + 0.5) / Double(tail.count))
      smoothed[index] = min(largest, largest + scalarLog(base + excess))
    }
    shape = fit.shape
    interval = shapeInterval(fit, count: tail.count)
    logWeights = smoothed
    count = tail.count
  }
}

/// Pareto k of log-weights as a figure.
public func paretoShape(_ w: [Double]) -> Metric { paretoShape(ParetoTail(w), draws: w.count) }

/// Pareto k of a number of draws as a figure.
public func paretoShape(_ tail: ParetoTail, draws count: Int) -> Metric {
  let limit = trustedShape(count: count)
  let verdict: Verdict = tail.shape < limit ? .ok : tail.shape < 1 ? .warn : .fail
  let reason =
    switch tail.shape {
    case ..<limit: "weighted averages converge at \(count) draws (limit \(short(limit)))"
    case ..<0.7: "too few draws for this tail: it takes \(short(drawsNeeded(tail.shape)))"
    case ..<1: "weighted averages converge slowly and their errors are understated"
    case .infinity: "a few draws carry all weight, or there are fewer than 25"
    default: "the weights have no finite mean that draws could show"
    }
  return Metric(
    "pareto-shape", tail.shape, interval: tail.interval, count: count, verdict, reason)
}

/// min(1 - 1 / log₁₀ n, 0.7), below which n weights can be trusted.
func trustedShape(count n: Int) -> Double {
  n > 1 ? min(0.7, 1 - scalarLog(10) / scalarLog(Double(n))) : -.infinity
}

/// How many draws a tail takes, 10^(1 / (1 - k)).
private func drawsNeeded(_ shape: Double) -> Double {
  scalarExp(scalarLog(10) / (1 - max(0, shape))).rounded(.up)
}

/// The logarithm of the smallest positive normal number.
private let smallestLogWeight = -708.3964185322641

/// The indices of the cut and of the M weights above it, upwards; empty where a weight is NaN.
private func tailOrder(_ w: [Double], _ relativeEfficiency: Double) -> [Int] {
  let n = Double(w.count)
  let size = Int(min(0.2 * n, 3 * (n / relativeEfficiency).squareRoot()).rounded(.up))
  guard w.count > size, !w.contains(where: \.isNaN) else { return [] }
  let order = w.indices.sorted { (w[$0], $0) < (w[$1], $1) }
  return Array(order.suffix(size + 1))
}

/// All k that are not further from the fit's than 1.96 of their own standard errors.
///
///     |k̂ - k| <= 1.96 (1 + max(0, k)) / √M
///
/// of the maximum of the likelihood, whose k̂ is that before the pull towards ½; the reported k is always
/// inside. Of Pareto weights 92 to 97% of these intervals hold k, for M >= 40 and k from -0.3 to 1.5.
private func shapeInterval(_ fit: GeneralizedParetoFit, count: Int) -> ClosedRange<Double> {
  let margin = 1.96 / Double(count).squareRoot()
  let (low, high) = (fit.unpulledShape - margin, fit.unpulledShape + margin)
  let least = min(fit.shape, low > 0 ? low / (1 + margin) : low)
  return least...max(fit.shape, high > 0 ? high / (1 - margin) : high)
}

/// Shape and standard deviation of a generalised Pareto distribution from numbers above 0.
struct GeneralizedParetoFit {
  /// k, drawn towards ½.
  let shape: Double
  /// k of the profile posterior itself.
  let unpulledShape: Double
  /// σ.
  private let width: Double

  /// Fits.
  ///
  /// With θ = -k / σ the likelihood is maximal at k(θ) = mean log(1 - θ x); θ is averaged over a grid of
  /// quantiles of its prior by the profile likelihood n (log(-θ / k) - k - 1).
  /// - Parameter x: Upwards, at least one of them, none negative, the last positive.
  init(_ x: [Double]) {
    let n = Double(x.count)
    let points = 30 + Int(n.squareRoot())
    let quartile = max(x[max(0, Int(n / 4 + 0.5) - 1)], x[x.count - 1] * Double.ulpOfOne)
    let largest = x[x.count - 1]
    let grid = (1...points).map { index -> Double in
      let ratio = Double(points) / (Double(index) - 0.5)
      return (1 - ratio.squareRoot()) / (3 * quartile) + 1 / largest
    }
    let likelihoods = grid.map { theta -> Double in
      let k = meanLog(x, theta)
      return -n * (scalarLog(fittedWidth(k, theta, x)) + k + 1)
    }
    let likeliest = likelihoods.max() ?? 0
    var (sum, weighted) = (0.0, 0.0)
    for (theta, likelihood) in zip(grid, likelihoods) {
      let weight = scalarExp(likelihood - likeliest)
      sum += weight
      weighted += weight * theta
    }
    let theta = weighted / sum
    let k = meanLog(x, theta)
    width = fittedWidth(k, theta, x)
    unpulledShape = k
    shape = (n * k + 10 * 0.5) / (n + 10)
  }

  /// The number that a share p of the distribution is below: σ ((1 - p)^-k - 1) / k.
  func quantile(_ p: Double) -> Double {
    let exponent = -scalarLog(1 - p)
    return width * (shape == 0 ? exponent : (scalarExp(shape * exponent) - 1) / shape)
  }
}

/// σ = -k(θ) / θ, whose limit at 0 is the mean of x.
private func fittedWidth(_ k: Double, _ theta: Double, _ x: [Double]) -> Double {
  k == 0 ? x.reduce(0, +) / Double(x.count) : -k / theta
}

/// Mean log(1 - θ x).
private func meanLog(_ x: [Double], _ theta: Double) -> Double {
  x.reduce(0) { $0 + logOnePlus(-theta * $1) } / Double(x.count)
}

/// log(1 + y) without loss for small y, where 1 + y rounds.
private func logOnePlus(_ y: Double) -> Double {
  let sum = 1 + y
  return sum == 1 ? y : scalarLog(sum) * (y / (sum - 1))
}
