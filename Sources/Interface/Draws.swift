import CTightrope

/// See `tightrope.h`.
@c @implementation
public func tightrope_draws_count(_ draws: OpaquePointer!) -> Int {
  handle(draws)?.count ?? 0
}

/// See `tightrope.h`.
@c @implementation
public func tightrope_draws_dimension(_ draws: OpaquePointer!) -> Int {
  handle(draws)?.dimension ?? 0
}

/// See `tightrope.h`.
@c @implementation
public func tightrope_draws_x(_ draws: OpaquePointer!) -> UnsafePointer<Float>! {
  handle(draws).map { UnsafePointer($0.x) }
}

/// See `tightrope.h`.
@c @implementation
public func tightrope_draws_log_weights(_ draws: OpaquePointer!) -> UnsafePointer<Double>! {
  handle(draws).map { UnsafePointer($0.logWeights) }
}

/// See `tightrope.h`.
@c @implementation
public func tightrope_draws_log_density(_ draws: OpaquePointer!) -> UnsafePointer<Double>! {
  handle(draws).map { UnsafePointer($0.logDensity) }
}

/// See `tightrope.h`.
@c @implementation
public func tightrope_draws_conditions(_ draws: OpaquePointer!) -> UnsafePointer<Int32>! {
  handle(draws)?.conditions.map { UnsafePointer($0) }
}

/// See `tightrope.h`.
@c @implementation
public func tightrope_draws_checksum(_ draws: OpaquePointer!) -> UnsafePointer<CChar>! {
  handle(draws).map { UnsafePointer($0.checksum) }
}

/// See `tightrope.h`.
@c @implementation
public func tightrope_draws_report(
  _ out: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>!, _ draws: OpaquePointer!
) -> Int32 {
  guarded { try write(object(draws, as: DrawsHandle.self, "draws").report, to: out) }
}

/// See `tightrope.h`.
@c @implementation
public func tightrope_draws_close(_ draws: OpaquePointer!) { close(draws, as: DrawsHandle.self) }

/// Null draws have no arrays.
private func handle(_ draws: OpaquePointer?) -> DrawsHandle? {
  try? object(draws, as: DrawsHandle.self, "draws")
}
