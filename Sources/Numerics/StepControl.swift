import Kernels

/// How an integration divides its interval.
public enum StepControl: Sendable, Equatable {
  /// So many steps of equal length.
  case fixed(steps: Int)
  /// Steps as long as the tolerance allows; for tableaus with an error estimate.
  case adaptive(StepTolerance)
}

/// What an adaptive integration may get wrong in a step, and how hard it may try.
public struct StepTolerance: Sendable, Equatable {
  /// Part of the magnitude of each number of the state.
  public var relative: Double
  /// Added to that.
  public var absolute: Double
  /// The first step, a positive length; nil to choose it from two evaluations.
  public var firstStep: Double?
  /// The most steps to try, rejected ones included.
  public var maximumSteps: Int

  /// The root mean square, over the whole batch, of each number's estimated error divided by
  /// `absolute + relative * magnitude` stays below 1.
  public init(
    relative: Double = 1e-6, absolute: Double = 1e-6, firstStep: Double? = nil,
    maximumSteps: Int = 10_000
  ) {
    precondition(
      relative >= 0 && absolute >= 0 && relative + absolute > 0, "tolerance: one must be positive")
    (self.relative, self.absolute) = (relative, absolute)
    (self.firstStep, self.maximumSteps) = (firstStep, maximumSteps)
  }
}

/// Chooses the next step from the last two errors: a PI controller.
///
///     h' = h · 0.9 err^(-0.85/k) err_before^(0.2/k),    k = 1 + order of the error estimate
///
/// The second factor damps the see-saw of accepted and rejected steps. After a rejection
/// h' = 0.9 h err^(-1/k), and the step after that does not grow. Factors stay in [0.2, 10].
/// Reference: Gustafsson (1991), *Control theoretic techniques for stepsize selection in explicit
/// Runge-Kutta methods*; exponents of Hairer, Nørsett and Wanner (1993), IV.2 and `DOPRI5`
struct StepController {
  private let exponent: Double
  private var errorBefore = 1e-4
  private var wasRejected = false

  /// A controller for a method whose solution has this order, and its error estimate one less.
  init(order: Int) { exponent = 1 / Double(order) }

  /// Whether a step with this error in units of the tolerance stands, and the factor to the next.
  mutating func judge(_ error: Double) -> (isAccepted: Bool, factor: Double) {
    guard error <= 1 else {
      wasRejected = true
      return (false, error.isFinite ? clipped(power(error, -exponent)) : 0.2)
    }
    let least = max(error, 1e-10)
    let grown = clipped(power(least, -0.85 * exponent) * power(errorBefore, 0.2 * exponent))
    defer { (errorBefore, wasRejected) = (max(error, 1e-4), false) }
    return (true, wasRejected ? min(1, grown) : grown)
  }

  private func clipped(_ factor: Double) -> Double { min(10, max(0.2, 0.9 * factor)) }
}

/// x to the y for x > 0.
func power(_ x: Double, _ y: Double) -> Double { scalarExp(y * scalarLog(x)) }
