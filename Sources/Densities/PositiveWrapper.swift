import Storage

/// The numbers of a density of positive coordinates in their logarithms, y = log x.
public struct PositiveWrapper: DensityWrapper, Equatable {
  /// Name of the density of x.
  public var base = "gaussian"
  /// Settings of the density of x.
  public var baseSettings: JSONValue?
  /// Which coordinates are positive, counted from 0; none for all.
  public var coordinates: [Int] = []

  /// The standard normal where it is positive.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case base, coordinates
    case baseSettings = "base_settings"
  }

  /// The base in the coordinates y.
  public func wrap(_ base: any Density) throws(ConfigError) -> any Density {
    let all = 0..<base.dimension
    try ConfigError.require(
      coordinates.allSatisfy(all.contains), "coordinates",
      "every number must be from 0 to \(base.dimension - 1)")
    let chosen = coordinates.isEmpty ? Array(all) : coordinates
    return transformed(base, LogarithmMap(dimension: base.dimension, coordinates: chosen))
  }
}
