import CErrorText
import CTightrope
import Chains
import Densities
import Kernels
import Samplers
import Storage
import Training

/// A callback's own code, on its way to whoever made the call.
struct CallbackStatus: Error {
  let code: Int32
  let callback: String
}

/// An argument that cannot be used.
struct ArgumentError: Error {
  let description: String
  init(_ description: String) { self.description = description }
}

/// A run that does something else.
struct BusyError: Error {
  let description = "the run is at work: another thread or the calling callback uses it"
}

/// Runs the body of a C function and turns an error into a status and a message.
func guarded(_ body: () throws -> Void) -> Int32 {
  do {
    if let problem = InstructionSet.selectionProblem ?? ThreadPool.selectionProblem {
      throw ConfigError.invalid(path: "environment", reason: problem)
    }
    try body()
    error_text_set("")
    return Int32(TIGHTROPE_OK)
  } catch {
    let (status, message) = describe(error)
    error_text_set(message)
    return status
  }
}

private func describe(_ error: any Error) -> (Int32, String) {
  switch error {
  case let error as UnsavedError: (describe(error.cause).0, error.description)
  case let error as CallbackStatus:
    (error.code, "the \(error.callback) callback returned \(error.code)")
  case let error as BusyError: (Int32(TIGHTROPE_ERROR_UNKNOWN), error.description)
  case let error as ArgumentError: (Int32(TIGHTROPE_ERROR_SHAPE), error.description)
  case let error as ConfigError: (Int32(TIGHTROPE_ERROR_CONFIG), error.description)
  case let error as JSONSyntaxError:
    (Int32(TIGHTROPE_ERROR_CONFIG), "the JSON text is malformed: \(error)")
  case let error as ChainError:
    (
      Int32(error.isOfNumbers ? TIGHTROPE_ERROR_NUMERICAL : TIGHTROPE_ERROR_CONFIG),
      error.description
    )
  case let error as LimitError: (error.status, error.description)
  case let error as BudgetSpent: (Int32(TIGHTROPE_ERROR_BUDGET), error.description)
  case let error as RefinementError: (Int32(TIGHTROPE_ERROR_NUMERICAL), error.description)
  case let error as FlowError: (Int32(TIGHTROPE_ERROR_NUMERICAL), error.description)
  case let error as DamagedCheckpoint: (Int32(TIGHTROPE_ERROR_IO), error.description)
  case let error as StorageError: (Int32(TIGHTROPE_ERROR_IO), error.description)
  case let error as NumericalError: (Int32(TIGHTROPE_ERROR_NUMERICAL), error.description)
  case let error as Cancelled: (Int32(TIGHTROPE_ERROR_CANCELLED), error.description)
  default: (Int32(TIGHTROPE_ERROR_UNKNOWN), "\(error)")
  }
}

extension LimitError {
  fileprivate var status: Int32 {
    switch self {
    case .budget: Int32(TIGHTROPE_ERROR_BUDGET)
    case .timeout, .stuck: Int32(TIGHTROPE_ERROR_TIMEOUT)
    }
  }
}

/// The same for a function that makes something: `out` takes its handle, and null where there is none.
func guarded(
  giving out: UnsafeMutablePointer<OpaquePointer?>?, _ make: () throws -> AnyObject
) -> Int32 {
  guarded {
    let out = try required(out, "out")
    out.pointee = nil
    out.pointee = retainedHandle(try make())
  }
}

/// A pointer that must be there.
func required<Pointer>(_ pointer: Pointer?, _ name: String) throws -> Pointer {
  guard let pointer else { throw ArgumentError("'\(name)' is null") }
  return pointer
}

/// JSON text as a tree; null stands for an empty object.
func configuration(_ text: UnsafePointer<CChar>?) throws -> JSONValue {
  guard let text else { return .object(JSONObject()) }
  return try JSONValue(parsing: String(cString: text))
}
