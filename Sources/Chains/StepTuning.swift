import Kernels
import Storage

/// How a step size is learned.
public enum StepAdaptation: String, Codable, Sendable, CaseIterable {
  /// Not at all.
  case none
  /// In burn-in by dual averaging, then the average.
  case dualAveraging = "dual-averaging"
  /// In burn-in by a factor up or down each step, then kept.
  case multiplicative
  /// For ever by a factor up or down each step, from the acceptance of windows of five steps: the
  /// chains then do not have the density as their limit, not even in principle.
  case published
}

/// A step size ε that learns from acceptance.
///
/// ```text
/// dual averaging, t-th step, acceptance a:     H ← H + (a* - a - H) / (t + 10)
///   log ε = log(10 ε₀) - 20 √t H               log ε̄ ← log ε̄ + t^(-¾) (log ε - log ε̄)
/// ```
///
/// with ε̄ to be used after burn-in: a Robbins-Monro search whose steps shrink. a is the mean
/// chance of acceptance over the chains.
/// Reference: Hoffman and Gelman (2014), *The No-U-Turn sampler*, section 3.2, arXiv:1111.4246
public struct StepTuning: Sendable, Equatable {
  /// ε.
  public private(set) var stepSize: Double
  private let rule: StepAdaptation
  private let target: Double
  private let factors: (raise: Double, lower: Double)
  private var start: Double

  private var seen = 0
  private var error = 0.0
  private var logAverage = 0.0
  private var window = (sum: 0.0, count: 0)
  private var measured = 0.0

  /// A step size before its first step.
  init(
    _ rule: StepAdaptation, from start: Double, towards target: Double,
    raise: Double = 1.01, lower: Double = 0.99
  ) {
    (self.rule, self.start, self.target, factors) = (rule, start, target, (raise, lower))
    stepSize = start
  }

  /// The same with a start so many times as large.
  func scaled(_ factor: Double) -> StepTuning {
    var scaled = self
    (scaled.start, scaled.stepSize) = (start * factor, stepSize * factor)
    return scaled
  }

  /// Gets ready for a step in burn-in or after it.
  mutating func prepare(adapting: Bool) {
    if rule == .dualAveraging, !adapting, seen > 0 { stepSize = scalarExp(logAverage) }
  }

  /// Learns from the mean chance of acceptance in a step.
  mutating func observe(_ acceptance: Double, adapting: Bool) {
    guard adapting || rule == .published else { return }
    switch rule {
    case .none: return
    case .dualAveraging: average(acceptance)
    case .multiplicative: scale(acceptance)
    case .published: measure(acceptance)
    }
    seen += 1
  }

  /// Begins to learn anew, from the step size learned so far times a factor; nothing where none is learned.
  mutating func restart(times factor: Double) {
    guard rule != .none else { return }
    let learned = rule == .dualAveraging && seen > 0 ? scalarExp(logAverage) : stepSize
    start = scalarExp(bounded(scalarLog(learned * factor)))
    (stepSize, seen, error, logAverage, window, measured) = (start, 0, 0, 0, (0, 0), 0)
  }

  /// Replaces the step size, which is then learned no further.
  mutating func fix(at size: Double) { (stepSize, seen) = (size, 0) }

  private mutating func average(_ acceptance: Double) {
    let t = Double(seen + 1)
    error += (target - acceptance - error) / (t + 10)
    let logStep = bounded(scalarLog(10 * start) - 20 * t.squareRoot() * error)
    logAverage += scalarExp(-0.75 * scalarLog(t)) * (logStep - logAverage)
    stepSize = scalarExp(logStep)
  }

  private mutating func scale(_ acceptance: Double) {
    let factor = acceptance > target ? factors.raise : factors.lower
    stepSize = scalarExp(bounded(scalarLog(stepSize * factor)))
  }

  /// The windows end after steps 1, 6, 11 and so on.
  private mutating func measure(_ acceptance: Double) {
    window = (window.sum + acceptance, window.count + 1)
    if seen % 5 == 0 { (measured, window) = (window.sum / Double(window.count), (0, 0)) }
    scale(measured)
  }

  /// A density without bounds would send the step size to infinity.
  private func bounded(_ logStep: Double) -> Double { min(max(logStep, -40), 40) }

  /// Whether all that is known is the same.
  public static func == (a: StepTuning, b: StepTuning) -> Bool {
    a.stepSize == b.stepSize && a.seen == b.seen && a.error == b.error
      && a.logAverage == b.logAverage && a.window == b.window && a.measured == b.measured
      && a.rule == b.rule && a.target == b.target && a.start == b.start && a.factors == b.factors
  }
}

extension StepTuning {
  /// Checks the numbers of a config.
  static func validate(
    _ start: Double, _ key: String, raise: Double, lower: Double
  ) throws(ConfigError) {
    try ConfigError.require(
      (1e-12...1e12).contains(start), key, "it must be from 1e-12 to 1e12")
    try ConfigError.require((1...10).contains(raise), "raise_factor", "it must be from 1 to 10")
    try ConfigError.require((0.1...1).contains(lower), "lower_factor", "it must be from 0.1 to 1")
  }
}
