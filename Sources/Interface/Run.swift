import CTightrope
import Densities
import Reports
import Samplers
import Storage

/// See `tightrope.h`.
@c @implementation
public func tightrope_run_open(
  _ out: UnsafeMutablePointer<OpaquePointer?>!, _ density: OpaquePointer!,
  _ config: UnsafePointer<CChar>!
) -> Int32 {
  guarded(giving: out) {
    let named = try object(density, as: DensityHandle.self, "density").named
    return RunHandle(try Run(named, overrides: configuration(config)))
  }
}

/// See `tightrope.h`.
@c @implementation
public func tightrope_run_load(
  _ out: UnsafeMutablePointer<OpaquePointer?>!, _ path: UnsafePointer<CChar>!,
  _ density: OpaquePointer!, _ config: UnsafePointer<CChar>!
) -> Int32 {
  guarded(giving: out) {
    let named = try density.map { try object($0, as: DensityHandle.self, "density").named }
    let path = String(cString: try required(path, "path"))
    return RunHandle(try Run.load(path, density: named, overrides: configuration(config)))
  }
}

/// See `tightrope.h`.
@c @implementation
public func tightrope_run_train(
  _ run: OpaquePointer!, _ listener: UnsafePointer<tightrope_listener>!
) -> Int32 {
  tightrope_run_train_within(run, nil, listener)
}

/// See `tightrope.h`.
@c @implementation
public func tightrope_run_train_within(
  _ run: OpaquePointer!, _ budget: UnsafePointer<CChar>!,
  _ listener: UnsafePointer<tightrope_listener>!
) -> Int32 {
  guarded {
    let budget = try resolve(TrainingBudget(), overrides: configuration(budget))
    try withRun(run) { try $0.train(CListener(listener), within: budget) }
  }
}

/// See `tightrope.h`.
@c @implementation
public func tightrope_run_extend(_ run: OpaquePointer!, _ steps: Int) -> Int32 {
  guarded { try withRun(run) { try $0.extend(to: steps) } }
}

/// See `tightrope.h`.
@c @implementation
public func tightrope_run_sample(
  _ out: UnsafeMutablePointer<OpaquePointer?>!, _ run: OpaquePointer!, _ count: Int,
  _ seed: UInt64, _ listener: UnsafePointer<tightrope_listener>!
) -> Int32 {
  tightrope_run_draw(out, run, count, seed, nil, listener)
}

/// See `tightrope.h`.
@c @implementation
public func tightrope_run_draw(
  _ out: UnsafeMutablePointer<OpaquePointer?>!, _ run: OpaquePointer!, _ count: Int,
  _ seed: UInt64, _ config: UnsafePointer<CChar>!, _ listener: UnsafePointer<tightrope_listener>!
) -> Int32 {
  guarded(giving: out) {
    guard (0...1_000_000_000).contains(count) else {
      throw ArgumentError("'count' is \(count); it must be from 0 to 1000000000")
    }
    let listener = CListener(listener)
    let config = try resolve(SamplingConfig(), overrides: configuration(config))
    let draws = try withRun(run) {
      try $0.sample(count, seed: seed, config) { try listener.poll() }
    }
    return DrawsHandle(draws)
  }
}

/// See `tightrope.h`.
@c @implementation
public func tightrope_run_evaluate(
  _ out: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>!, _ run: OpaquePointer!,
  _ config: UnsafePointer<CChar>!, _ listener: UnsafePointer<tightrope_listener>!
) -> Int32 {
  guarded {
    let listener = CListener(listener)
    try withRun(run) { run in
      try writeTimed(to: out) {
        try run.evaluate(overrides: configuration(config)) { try listener.poll() }
      }
    }
  }
}

/// See `tightrope.h`.
@c @implementation
public func tightrope_run_likelihood(
  _ out: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>!, _ run: OpaquePointer!,
  _ points: UnsafePointer<Float>!, _ count: Int, _ config: UnsafePointer<CChar>!,
  _ listener: UnsafePointer<tightrope_listener>!
) -> Int32 {
  guarded {
    let listener = CListener(listener)
    let dimension = try object(run, as: RunHandle.self, "run").run.density.density.dimension
    let rows = try points.map { start in
      guard (1...1_000_000_000).contains(count) else {
        throw ArgumentError("'count' is \(count); it must be from 1 to 1000000000")
      }
      let numbers = UnsafeBufferPointer(
        start: start, count: count * dimension)
      guard numbers.allSatisfy(\.isFinite) else {
        throw ArgumentError("'points' holds a number that is not finite")
      }
      return Array(numbers)
    }
    try withRun(run) { run in
      try writeTimed(to: out) {
        try run.likelihood(of: rows, overrides: configuration(config)) { try listener.poll() }
      }
    }
  }
}

/// Writes an evaluation and the time it took.
private func writeTimed(
  to out: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>!, _ evaluate: () throws -> Evaluation
) throws {
  let clock = ContinuousClock()
  let start = clock.now
  var report = try ConfigEncoder().encode(evaluate()).object ?? JSONObject()
  report["seconds"] = JSONValue((clock.now - start) / Duration.seconds(1))
  try write(.object(report), to: out)
}

/// See `tightrope.h`.
@c @implementation
public func tightrope_run_report(
  _ run: OpaquePointer!, _ path: UnsafePointer<CChar>!, _ config: UnsafePointer<CChar>!,
  _ provenance: UnsafePointer<CChar>!, _ listener: UnsafePointer<tightrope_listener>!
) -> Int32 {
  guarded {
    let listener = CListener(listener)
    let path = try String(cString: required(path, "path"))
    try withRun(run) { run in
      let report = try RunReport(
        run, overrides: configuration(config), provenance: configuration(provenance)
      ) { try listener.poll() }
      try writeAtomically(report.html, to: path)
    }
  }
}

/// See `tightrope.h`.
@c @implementation
public func tightrope_run_describe(
  _ out: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>!, _ run: OpaquePointer!
) -> Int32 {
  guarded { try write(object(run, as: RunHandle.self, "run").run.description(), to: out) }
}

/// See `tightrope.h`.
@c @implementation
public func tightrope_run_history(
  _ out: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>!, _ run: OpaquePointer!
) -> Int32 {
  guarded {
    try write(ConfigEncoder().encode(object(run, as: RunHandle.self, "run").run.history), to: out)
  }
}

/// See `tightrope.h`.
@c @implementation
public func tightrope_run_save(_ run: OpaquePointer!, _ path: UnsafePointer<CChar>!) -> Int32 {
  guarded {
    let run = try object(run, as: RunHandle.self, "run").run
    try run.save(to: String(cString: required(path, "path")))
  }
}

/// See `tightrope.h`.
@c @implementation
public func tightrope_run_close(_ run: OpaquePointer!) { close(run, as: RunHandle.self) }
