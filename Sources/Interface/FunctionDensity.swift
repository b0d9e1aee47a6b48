import CTightrope
import Densities
import Storage

/// See `tightrope.h`.
@c @implementation
public func tightrope_density_from_function(
  _ out: UnsafeMutablePointer<OpaquePointer?>!, _ dimension: Int,
  _ function: tightrope_log_density!, _ has_score: Int32,
  _ payload: UnsafeMutableRawPointer!,
  _ destroy: (@convention(c) (UnsafeMutableRawPointer?) -> Void)!
) -> Int32 {
  guarded(giving: out) {
    try requireDimension(dimension)
    let density = concurrentDensity(
      dimension: dimension, try required(function, "function"), hasScore: has_score != 0, payload,
      destroy)
    return DensityHandle(NamedDensity(custom: density))
  }
}

/// See `tightrope.h`.
@c @implementation
public func tightrope_density_from_conditional_callback(
  _ out: UnsafeMutablePointer<OpaquePointer?>!, _ dimension: Int,
  _ callback: tightrope_conditional_log_density!, _ has_score: Int32,
  _ features: UnsafePointer<Float>!, _ condition_count: Int, _ condition_dimension: Int,
  _ training_count: Int, _ payload: UnsafeMutableRawPointer!,
  _ destroy: (@convention(c) (UnsafeMutableRawPointer?) -> Void)!
) -> Int32 {
  guarded(giving: out) {
    try requireDimension(dimension)
    let conditions = try conditions(
      features, count: condition_count, dimension: condition_dimension, training: training_count)
    let density = conditionalDensity(
      dimension: dimension, try required(callback, "callback"), hasScore: has_score != 0,
      conditions, payload, destroy)
    return DensityHandle(NamedDensity(custom: density))
  }
}

/// See `tightrope.h`.
@c @implementation
public func tightrope_density_evaluate(
  _ log_density: UnsafeMutablePointer<Float>!, _ score: UnsafeMutablePointer<Float>!,
  _ density: OpaquePointer!, _ x: UnsafePointer<Float>!, _ conditions: UnsafePointer<Int32>!,
  _ count: Int, _ dimension: Int
) -> Int32 {
  guarded {
    let density = try object(density, as: DensityHandle.self, "density").named.density
    guard dimension == density.dimension else {
      throw ArgumentError(
        "the points have dimension \(dimension), the density has \(density.dimension)")
    }
    guard count > 0 else { return }
    let known = (density as? any ConditionalDensity)?.conditionCount ?? 0
    if let conditions {
      for row in 0..<count where !(0..<known).contains(Int(conditions[row])) {
        throw ArgumentError(
          "there is no condition \(conditions[row]) for point \(row): the density has \(known)")
      }
    }
    let points = Points(
      try required(x, "x"), count: count, dimension: dimension, conditions: conditions)
    let values = try required(log_density, "log_density")
    guard let score else { return try density.logDensity(of: points, into: values) }
    guard let differentiable = density as? any DifferentiableDensity else {
      throw ConfigError.invalid(path: "density", reason: "it has no score")
    }
    try differentiable.logDensity(of: points, into: values, score: score)
  }
}

/// Refuses what is no dimension.
func requireDimension(_ dimension: Int) throws {
  guard (1...1_000_000).contains(dimension) else {
    throw ArgumentError("'dimension' is \(dimension); it must be from 1 to 1000000")
  }
}

private func conditions(
  _ features: UnsafePointer<Float>?, count: Int, dimension: Int, training: Int
) throws -> FunctionConditions {
  guard (1...100_000_000).contains(count), (1...1_000_000).contains(dimension),
    count * dimension < 1 << 32
  else {
    throw ArgumentError("\(count) conditions of \(dimension) features are too few or too many")
  }
  guard (1...count).contains(training) else {
    throw ArgumentError("'training_count' is \(training); it must be from 1 to \(count)")
  }
  let values = UnsafeBufferPointer(
    start: try required(features, "features"), count: count * dimension)
  guard values.allSatisfy(\.isFinite) else {
    throw ArgumentError("the features hold a NaN or an infinity")
  }
  return FunctionConditions(
    features: Array(values), count: count, dimension: dimension, trainingCount: training)
}
