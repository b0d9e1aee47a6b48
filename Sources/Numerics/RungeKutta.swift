/// Solves y' = f(t, y) for a batch of states at once.
///
/// The batch is one system: its states share every step, and adaptive control bounds the root mean
/// square of all their errors. Time may run backwards. The work between evaluations is one pass over
/// the state for each stage; memory is one state for each stage and three more.
public struct RungeKutta<Scalar: MatrixScalar>: Sendable {
  /// Writes f(t, y): time, the states, and where their slopes go, all of them [states].
  public typealias Field = (
    _ time: Double, _ state: UnsafePointer<Scalar>, _ slope: UnsafeMutablePointer<Scalar>
  ) -> Void

  /// The method.
  public let tableau: RungeKuttaTableau
  /// How steps are chosen.
  public let control: StepControl

  /// An integrator.
  public init(_ tableau: RungeKuttaTableau, _ control: StepControl) {
    switch control {
    case .fixed(let steps): precondition(steps > 0, "integrator: there must be a step")
    case .adaptive:
      precondition(tableau.errorWeights != nil, "integrator: \(tableau.name) estimates no error")
    }
    (self.tableau, self.control) = (tableau, control)
  }

  /// The classical method with equal steps.
  public static func rungeKutta4(steps: Int) -> RungeKutta {
    RungeKutta(.rungeKutta4, .fixed(steps: steps))
  }

  /// Dormand and Prince's 4(5) pair with adaptive steps.
  public static func dormandPrince(_ tolerance: StepTolerance = StepTolerance()) -> RungeKutta {
    RungeKutta(.dormandPrince, .adaptive(tolerance))
  }

  /// Integrates from one time to another.
  /// - Parameters:
  ///   - state: All numbers of the batch at `start`.
  ///   - outputTimes: Times between `start` and `end`, in the order in which they are passed, at
  ///     which to interpolate the state. They do not change the steps.
  ///   - field: f.
  /// - Throws: `NumericalError.tooManySteps`, `stepTooSmall` or `notFinite`.
  public func integrate(
    _ state: [Scalar], from start: Double, to end: Double, outputTimes: [Double] = [],
    field: Field
  ) throws(NumericalError) -> Integral<Scalar> {
    var pass = IntegrationPass(
      tableau, control, state, from: start, to: end, outputTimes: outputTimes)
    defer { pass.deallocate() }
    try pass.run(field)
    return pass.result
  }
}

/// The end of an integration and what it took.
public struct Integral<Scalar: MatrixScalar>: Sendable {
  /// The state at the end time exactly.
  public internal(set) var state: [Scalar]
  /// The states at the output times.
  public internal(set) var outputs: [[Scalar]] = []
  /// Calls of the field.
  public internal(set) var evaluations = 0
  /// Steps that stand.
  public internal(set) var acceptedSteps = 0
  /// Steps that were tried again shorter.
  public internal(set) var rejectedSteps = 0
}
