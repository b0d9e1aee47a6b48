import CTightrope
import Densities
import Kernels
import Samplers
import Storage

/// See `tightrope.h`.
@c @implementation
public func tightrope_density_open(
  _ out: UnsafeMutablePointer<OpaquePointer?>!, _ name: UnsafePointer<CChar>!,
  _ config: UnsafePointer<CChar>!
) -> Int32 {
  guarded(giving: out) {
    let name = String(cString: try required(name, "name"))
    return DensityHandle(try NamedDensity(name, config: configuration(config)))
  }
}

/// See `tightrope.h`.
@c @implementation
public func tightrope_density_from_callback(
  _ out: UnsafeMutablePointer<OpaquePointer?>!, _ dimension: Int,
  _ callback: tightrope_log_density!, _ has_score: Int32,
  _ payload: UnsafeMutableRawPointer!,
  _ destroy: (@convention(c) (UnsafeMutableRawPointer?) -> Void)!
) -> Int32 {
  guarded(giving: out) {
    try requireDimension(dimension)
    let density = callbackDensity(
      dimension: dimension, try required(callback, "callback"), hasScore: has_score != 0, payload,
      destroy)
    return DensityHandle(NamedDensity(custom: density))
  }
}

/// See `tightrope.h`.
@c @implementation
public func tightrope_density_wrap(
  _ out: UnsafeMutablePointer<OpaquePointer?>!, _ name: UnsafePointer<CChar>!,
  _ base: OpaquePointer!, _ config: UnsafePointer<CChar>!
) -> Int32 {
  guarded(giving: out) {
    let name = String(cString: try required(name, "name"))
    let base = try object(base, as: DensityHandle.self, "base").named
    return DensityHandle(try NamedDensity(name, wrapping: base, config: configuration(config)))
  }
}

/// See `tightrope.h`.
@c @implementation
public func tightrope_density_dimension(
  _ out: UnsafeMutablePointer<Int>!, _ density: OpaquePointer!
) -> Int32 {
  guarded {
    let handle = try object(density, as: DensityHandle.self, "density")
    try required(out, "out").pointee = handle.named.density.dimension
  }
}

/// See `tightrope.h`.
@c @implementation
public func tightrope_density_describe(
  _ out: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>!, _ density: OpaquePointer!
) -> Int32 {
  guarded {
    try write(object(density, as: DensityHandle.self, "density").named.description, to: out)
  }
}

/// See `tightrope.h`.
@c @implementation
public func tightrope_density_log_density(
  _ out: UnsafeMutablePointer<Float>!, _ density: OpaquePointer!, _ x: UnsafePointer<Float>!,
  _ count: Int, _ dimension: Int
) -> Int32 {
  guarded {
    let density = try object(density, as: DensityHandle.self, "density").named.density
    guard let points = try points(x, count, dimension, density) else { return }
    try density.logDensity(of: points, into: required(out, "out"))
  }
}

/// See `tightrope.h`.
@c @implementation
public func tightrope_density_score(
  _ out: UnsafeMutablePointer<Float>!, _ density: OpaquePointer!, _ x: UnsafePointer<Float>!,
  _ count: Int, _ dimension: Int
) -> Int32 {
  guarded {
    let density = try object(density, as: DensityHandle.self, "density").named.density
    guard let density = density as? any DifferentiableDensity else {
      throw ConfigError.invalid(path: "density", reason: "it has no score")
    }
    guard let points = try points(x, count, dimension, density) else { return }
    let values = UnsafeMutablePointer<Float>.allocate(capacity: count)
    defer { values.deallocate() }
    try density.logDensity(of: points, into: values, score: required(out, "out"))
  }
}

/// See `tightrope.h`.
@c @implementation
public func tightrope_density_base_points(
  _ out: UnsafeMutablePointer<Float>!, _ density: OpaquePointer!, _ x: UnsafePointer<Float>!,
  _ count: Int, _ dimension: Int
) -> Int32 {
  guarded {
    let density = try object(density, as: DensityHandle.self, "density").named.density
    guard let points = try points(x, count, dimension, density) else { return }
    let out = try required(out, "out")
    guard let density = density as? any ReparametrizedDensity else {
      return out.update(from: points.data, count: count * dimension)
    }
    density.basePoints(of: points, into: out)
  }
}

/// See `tightrope.h`.
@c @implementation
public func tightrope_density_sample(
  _ out: UnsafeMutablePointer<Float>!, _ density: OpaquePointer!, _ count: Int, _ seed: UInt64
) -> Int32 {
  guarded {
    let density = try object(density, as: DensityHandle.self, "density").named.density
    guard let density = density as? any SamplableDensity else {
      throw ConfigError.invalid(path: "density", reason: "it has no exact samples")
    }
    guard count > 0 else { return }
    density.sample(
      count, firstRow: 0, RandomStream(seed: seed).folding(.exactSamples),
      into: try required(out, "out"))
  }
}

/// See `tightrope.h`.
@c @implementation
public func tightrope_density_save_model(
  _ density: OpaquePointer!, _ path: UnsafePointer<CChar>!
) -> Int32 {
  guarded {
    let density = try object(density, as: DensityHandle.self, "density").named
    try density.writeModel(to: String(cString: required(path, "path")))
  }
}

/// See `tightrope.h`.
@c @implementation
public func tightrope_density_close(_ density: OpaquePointer!) {
  close(density, as: DensityHandle.self)
}

/// The caller's points, checked; nil for an empty batch.
private func points(
  _ x: UnsafePointer<Float>?, _ count: Int, _ dimension: Int, _ density: any Density
) throws -> Points? {
  guard dimension == density.dimension else {
    throw ArgumentError(
      "the points have dimension \(dimension), the density has \(density.dimension)")
  }
  guard count > 0 else { return nil }
  return Points(try required(x, "x"), count: count, dimension: dimension)
}
