import Catalogs
import Storage

/// The numbers of sub-trajectory balance.
public struct SubTrajectoryConfig: Codable, Sendable, Equatable {
  /// λ: parts of n steps weigh λⁿ, so above 1 long parts prevail, below 1 short ones.
  public var lambda = 2.0

  /// The defaults.
  public init() {}
}

/// Sub-trajectory balance with state flows.
///
///     L = mean over paths of Σ_{i<j} w_{j-i} (log F(x_i) - log F(x_j) + Σ_{i<=k<j} (log P_F - log P_B)_k)²
///
/// with log F(x_T) = log ρ(x_T) and weights w_n ∝ λⁿ that add up to 1 over all pairs. For λ → ∞ this
/// is twice trajectory balance with log F(x₀) for log Z, for λ → 0 detailed balance times 2/T. Published code
/// sums over the batch where this takes the mean.
///
/// **In O(T).** With the potential V_j = Σ_{k<j} (log P_F - log P_B)_k - log F(x_j) the residual of a
/// pair is V_j - V_i, so the pairs that end at j say by how much V_j differs from the V_i before it:
///
///     Σ_{i<j} w_{j-i} (V_j - V_i)² = ω_j ((V_j - m_j)² + s_j),   ω_j = w_1 + … + w_j,
///
/// m_j and s_j the mean and variance of V_0 … V_{j-1} under weights ∝ λ^{j-i}. Both follow from the ones
/// before by mixing in one value, whose share p_j obeys p_{j+1} = p_j / (λ + p_j): no power of λ is ever
/// formed that could overflow, and nothing large is subtracted. The gradient by V_k needs the mean
/// of the values after it as well, by the same recurrence from the other end.
public struct SubTrajectoryBalance: PathObjective {
  /// Sources.
  public static let references = [
    Reference(
      "Madan, Rector-Brooks, Korablyov, et al.", 2023,
      "Learning GFlowNets from partial episodes for improved convergence and stability",
      "arXiv:2209.12782, eq. 8"),
    Reference(
      "Zhang, Chen, Liu, Courville, Bengio", 2024,
      "Diffusion generative flow samplers: improving learning signals through partial trajectory "
        + "optimization", "arXiv:2310.02679, eq. 13"),
  ]

  /// λ.
  public let lambda: Double

  /// - Throws: `ConfigError` where λ is not positive and finite.
  public init(_ config: SubTrajectoryConfig) throws(ConfigError) {
    try ConfigError.requirePositive(config.lambda, "lambda")
    lambda = config.lambda
  }

  /// True.
  public var seesPathsAlone: Bool { true }

  /// State flows.
  public var unknown: PathUnknown { .flow }

  /// The mean over paths of the weighted squares, and its gradient.
  public func evaluate(
    _ record: PathRecord, logZ: Double, adjoints: inout PathAdjoints
  ) -> Double {
    let window = Window(lambda, steps: record.steps)
    let share = record.share
    var loss = 0.0
    for path in 0..<record.paths where record.counts[path] {
      let (value, last, sum) = lookBack(record, path, window, share, &adjoints)
      loss += share * value
      lookAhead(record, path, window, share, last, sum, &adjoints)
    }
    return loss
  }

  /// The weighted squares of a path, pairs grouped by their later state.
  ///
  /// Writes minus the gradient by V_j, so far as pairs that end at j have a part in it, to the
  /// adjoints of the flows.
  /// - Returns: The sum; the gradient by V_T; V_T + log ρ.
  private func lookBack(
    _ record: PathRecord, _ path: Int, _ empty: Window, _ share: Double,
    _ adjoints: inout PathAdjoints
  ) -> (value: Double, last: Double, sum: Double) {
    var window = empty
    var (value, last, sum) = (0.0, 0.0, 0.0)
    for j in 0...record.steps {
      let potential = sum - record.logFlow(j, of: path)
      let deviation = potential - window.mean
      value += window.weight * (deviation * deviation + window.variance)
      last = 2 * share * window.weight * deviation
      guard j < record.steps else { break }
      let i = j * record.paths + path
      adjoints.logFlow[i] = -last
      sum += record.logForward[i] - record.logBackward[i]
      window.add(potential)
    }
    return (value, last, sum)
  }

  /// Adds what pairs that begin at k have in the gradient by V_k, and sums it up for the steps.
  private func lookAhead(
    _ record: PathRecord, _ path: Int, _ empty: Window, _ share: Double, _ last: Double,
    _ total: Double, _ adjoints: inout PathAdjoints
  ) {
    var window = empty
    window.add(total - record.logFlow(record.steps, of: path))
    var (after, sum) = (last, total)
    for k in (0..<record.steps).reversed() {
      let i = k * record.paths + path
      adjoints.logForward[i] = after
      adjoints.logBackward[i] = -after
      sum -= record.logForward[i] - record.logBackward[i]
      let potential = sum - record.logFlow(k, of: path)
      let slope = 2 * share * window.weight * (potential - window.mean)
      adjoints.logFlow[i] -= slope
      after -= adjoints.logFlow[i]
      window.add(potential)
    }
  }
}

/// The weighted values seen so far, nearest first: the one before weighs λ, the one before that λ², ….
private struct Window {
  /// Their weighted mean.
  var mean = 0.0
  /// Their weighted variance.
  var variance = 0.0
  /// w_1 + … + w_n for n values.
  var weight = 0.0
  private let lambda: Double
  /// The share of the next value in the mean.
  private var share = 1.0
  /// w_{n+1}, once no more are negligible.
  private var next = 1.0
  private var negligible = 0

  /// Nothing seen yet; the weights w_n ∝ λⁿ are such that Σ_n (T + 1 - n) w_n = 1.
  ///
  /// The largest, w_T or w_1, counts as 1 until all are summed. Where λ > 1, the first ones may be
  /// below 10⁻²⁹⁰ of it, and are zero.
  init(_ lambda: Double, steps: Int) {
    self.lambda = lambda
    let ratio = min(lambda, 1 / lambda)
    var (power, total) = (1.0, 0.0)
    for index in 0..<steps {
      total += Double(lambda > 1 ? index + 1 : steps - index) * power
      guard index + 1 < steps else { break }
      if power * ratio < 1e-290 {
        if lambda > 1 { negligible = steps - 1 - index }
        break
      }
      power *= ratio
    }
    next = (lambda > 1 ? power : 1) / total
  }

  /// Sees one more value.
  mutating func add(_ value: Double) {
    let deviation = value - mean
    mean += share * deviation
    variance = (1 - share) * (variance + share * deviation * deviation)
    share /= lambda + share
    guard negligible == 0 else { return negligible -= 1 }
    weight += next
    next *= lambda
  }
}
