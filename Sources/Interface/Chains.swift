import CTightrope
import Chains
import Samplers
import Storage

/// See `tightrope.h`.
@c @implementation
public func tightrope_mcmc(
  _ out: UnsafeMutablePointer<OpaquePointer?>!, _ density: OpaquePointer!,
  _ config: UnsafePointer<CChar>!, _ listener: UnsafePointer<tightrope_listener>!
) -> Int32 {
  guarded(giving: out) {
    let density = try object(density, as: DensityHandle.self, "density").named.density
    let listener = CListener(listener)
    let draws = try drawChains(from: density, overrides: configuration(config)) {
      try listener.poll()
    }
    let report = try draws.report(draws.diagnostics())
    return DrawsHandle(draws, report: report)
  }
}

/// See `tightrope.h`.
@c @implementation
public func tightrope_run_refine(
  _ out: UnsafeMutablePointer<OpaquePointer?>!, _ run: OpaquePointer!, _ count: Int,
  _ seed: UInt64, _ config: UnsafePointer<CChar>!, _ listener: UnsafePointer<tightrope_listener>!
) -> Int32 {
  guarded(giving: out) {
    guard (1...1_000_000_000).contains(count) else {
      throw ArgumentError("'count' is \(count); it must be from 1 to 1000000000")
    }
    let listener = CListener(listener)
    let config = try resolve(RefinementConfig(), overrides: configuration(config))
    let draws = try withRun(run) {
      try $0.refine(count, seed: seed, config) { try listener.poll() }
    }
    let report = try draws.report(draws.diagnostics())
    return DrawsHandle(draws, report: report)
  }
}
