import CTightrope
import Samplers
import Storage

/// See `tightrope.h`.
@c @implementation
public func tightrope_run_paths(
  _ out: UnsafeMutablePointer<OpaquePointer?>!, _ run: OpaquePointer!, _ count: Int,
  _ seed: UInt64, _ config: UnsafePointer<CChar>!, _ listener: UnsafePointer<tightrope_listener>!
) -> Int32 {
  guarded(giving: out) {
    guard (1...10_000_000).contains(count) else {
      throw ArgumentError("'count' is \(count); it must be from 1 to 10000000")
    }
    let listener = CListener(listener)
    let config = try resolve(SamplingConfig(), overrides: configuration(config))
    let run = try object(run, as: RunHandle.self, "run").run
    let paths = try run.paths(count, seed: seed, steps: config.steps) { try listener.poll() }
    return DrawsHandle(paths)
  }
}
