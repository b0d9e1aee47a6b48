import Chains
import Densities
import Samplers
import Storage
import Synchronization

// What handles stand for; `HandleTable` keeps them.

/// What `tightrope_density` points to.
final class DensityHandle {
  let named: NamedDensity
  /// Of a function that is used within limits.
  let limiter: CallLimiter?
  init(_ named: NamedDensity, _ limiter: CallLimiter? = nil) {
    (self.named, self.limiter) = (named, limiter)
  }
}

/// What `tightrope_run` points to.
final class RunHandle {
  let run: Run
  private let isBusy = Atomic(false)
  init(_ run: Run) { self.run = run }

  /// Does something with the run, unless another thread or the calling callback is at it.
  func alone<Result>(_ body: (Run) throws -> Result) throws -> Result {
    guard !isBusy.exchange(true, ordering: .acquiring) else {
      throw BusyError()
    }
    defer { isBusy.store(false, ordering: .releasing) }
    return try body(run)
  }
}

/// What `tightrope_draws` points to: arrays that do not move.
final class DrawsHandle {
  let count: Int
  let dimension: Int
  /// Everything but the points.
  let report: JSONValue
  let x: UnsafeMutablePointer<Float>
  let logWeights: UnsafeMutablePointer<Double>
  let logDensity: UnsafeMutablePointer<Double>
  /// Nil for a density without conditions.
  let conditions: UnsafeMutablePointer<Int32>?
  let checksum: UnsafeMutablePointer<CChar>

  init(_ draws: Draws) {
    (count, dimension) = (draws.count, draws.dimension)
    report = [
      "checksum": .string(draws.checksum), "energy_calls": .integer(Int64(draws.energyCalls)),
      "gradient_calls": .integer(Int64(draws.gradientCalls)),
    ]
    x = copy(draws.x)
    logWeights = copy(draws.logWeights)
    logDensity = copy(draws.logDensity)
    conditions = draws.conditions.isEmpty ? nil : copy(draws.conditions.map { Int32($0) })
    checksum = cString(draws.checksum)
  }

  /// Points of equal weight, and what is known of them.
  init(_ draws: ChainDraws, report: JSONValue) {
    (count, dimension, self.report) = (draws.logDensity.count, draws.dimension, report)
    x = copy(draws.x)
    logWeights = copy([Double](repeating: 0, count: draws.logDensity.count))
    logDensity = copy(draws.logDensity)
    conditions = nil
    checksum = cString(draws.checksum)
  }

  /// States of paths, time by time.
  init(_ paths: PathStates) {
    (count, dimension) = (paths.times.count * paths.count, paths.dimension)
    report = ["times": .array(paths.times.map { JSONValue($0) })]
    x = copy(paths.x)
    logWeights = copy([Double](repeating: 0, count: count))
    logDensity = copy([Double](repeating: 0, count: count))
    conditions = nil
    checksum = cString("")
  }

  deinit {
    x.deallocate()
    logWeights.deallocate()
    logDensity.deallocate()
    conditions?.deallocate()
    checksum.deallocate()
  }
}

private func copy<Element>(_ array: [Element]) -> UnsafeMutablePointer<Element> {
  let target = UnsafeMutablePointer<Element>.allocate(capacity: max(1, array.count))
  array.withUnsafeBufferPointer { source in
    guard let base = source.baseAddress else { return }
    target.initialize(from: base, count: array.count)
  }
  return target
}

/// A text in memory of its own, ended by a zero.
func cString(_ text: String) -> UnsafeMutablePointer<CChar> {
  let bytes = Array(text.utf8)
  let target = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count + 1)
  for (i, byte) in bytes.enumerated() { target[i] = CChar(bitPattern: byte) }
  target[bytes.count] = 0
  return target
}

/// Gives a reference to C.
func retainedHandle(_ object: AnyObject) -> OpaquePointer { HandleTable.shared.open(object) }

/// The object behind a handle.
func object<Object: AnyObject>(_ handle: OpaquePointer?, as _: Object.Type, _ name: String) throws
  -> Object
{
  guard let object = HandleTable.shared.object(try required(handle, name), as: Object.self) else {
    throw ArgumentError("'\(name)' is no open handle of its kind")
  }
  return object
}

/// Does one thing at a time with the run of a handle.
func withRun<Result>(
  _ handle: OpaquePointer?, _ body: (Run) throws -> Result
) throws -> Result {
  try object(handle, as: RunHandle.self, "run").alone(body)
}

/// Takes back C's reference.
func close<Object: AnyObject>(_ handle: OpaquePointer?, as _: Object.Type) {
  guard let handle else { return }
  HandleTable.shared.close(handle, as: Object.self)
}
