import CTightrope
import Chains

/// See `tightrope.h`.
@c @implementation
public func tightrope_mcmc(
  _ out: UnsafeMutablePointer<OpaquePointer?>!, _ density: OpaquePointer!,
  _ config: UnsafePointer<CChar>!, _ listener: UnsafePointer<tightrope_listener>!
) -> Int32 {
  guarded {
    let out = try required(out, "out")
    out.pointee = nil
    let density = try object(density, as: DensityHandle.self, "density").named.density
    let listener = CListener(listener)
    let draws = try drawChains(from: density, overrides: configuration(config)) {
      try listener.poll()
    }
    let report = try draws.report(draws.diagnostics())
    out.pointee = retainedHandle(DrawsHandle(draws, report: report))
  }
}
