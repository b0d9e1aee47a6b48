import CTightrope
import Densities
import Storage

/// See `tightrope.h`.
@c @implementation
public func tightrope_density_limit(
  _ out: UnsafeMutablePointer<OpaquePointer?>!, _ density: OpaquePointer!,
  _ config: UnsafePointer<CChar>!
) -> Int32 {
  guarded(giving: out) {
    let base = try object(density, as: DensityHandle.self, "density").named
    guard base.name == NamedDensity.customName, let function = base.density as? any LimitableDensity
    else { throw ConfigError.invalid(path: "density", reason: "only a function has limits") }
    let limiter = try CallLimiter(resolve(CallLimits(), overrides: configuration(config)))
    return DensityHandle(NamedDensity(custom: function.limited(by: limiter)), limiter)
  }
}

/// See `tightrope.h`.
@c @implementation
public func tightrope_density_usage(
  _ out: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>!, _ density: OpaquePointer!
) -> Int32 {
  guarded { try write(ConfigEncoder().encode(limiter(of: density).usage), to: out) }
}

/// See `tightrope.h`.
@c @implementation
public func tightrope_density_grant(_ density: OpaquePointer!, _ points: Int) -> Int32 {
  guarded { try limiter(of: density).grant(points) }
}

private func limiter(of density: OpaquePointer?) throws -> CallLimiter {
  guard let limiter = try object(density, as: DensityHandle.self, "density").limiter else {
    throw ConfigError.invalid(path: "density", reason: "it has no limits")
  }
  return limiter
}
