/// Why a computation has no result.
public enum NumericalError: Error, Sendable, Equatable, CustomStringConvertible {
  /// A factorisation met a pivot that is not a positive number: the matrix is not positive definite,
  /// or too near to one that is not.
  case notPositiveDefinite(pivot: Int, value: Double)
  /// An integration used up its steps before the end.
  case tooManySteps(limit: Int, time: Double)
  /// The step that an integration's tolerance asks for is lost in the rounding of time.
  case stepTooSmall(step: Double, time: Double)
  /// A state or a slope became NaN or infinite.
  case notFinite(time: Double)

  /// One sentence.
  public var description: String {
    switch self {
    case .notPositiveDefinite(let pivot, let value):
      "the matrix is not positive definite: pivot \(pivot) is \(value)"
    case .tooManySteps(let limit, let time):
      "the integration took all of its \(limit) steps and got to time \(time)"
    case .stepTooSmall(let step, let time):
      "the integration's step shrank to \(step) at time \(time)"
    case .notFinite(let time):
      "the integration met a number that is not finite after time \(time)"
    }
  }
}
