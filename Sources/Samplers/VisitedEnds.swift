/// The end points of a batch of paths and log ρ of each.
final class VisitedEnds: @unchecked Sendable {
  /// x_T, [B, D].
  let x: UnsafeMutablePointer<Float>
  /// log ρ(x_T), [B]; NaN for a path that was set aside.
  let logDensity: UnsafeMutablePointer<Float>

  init(count: Int, dimension: Int) {
    x = .allocate(capacity: count * dimension)
    logDensity = .allocate(capacity: count)
  }

  deinit {
    x.deallocate()
    logDensity.deallocate()
  }

  /// As the ends of further paths.
  func points(conditions: UnsafePointer<Int32>?) -> EndPoints {
    EndPoints(x: x, logDensity: logDensity, conditions: conditions)
  }
}
