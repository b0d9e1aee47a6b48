import Storage

/// The numbers of a density under an affine map, y = shift + scale x or y = shift + A x.
public struct AffineWrapper: DensityWrapper, Equatable {
  /// Name of the density of x.
  public var base = "gaussian"
  /// Settings of the density of x.
  public var baseSettings: JSONValue?
  /// One number for each coordinate, one for all, or none for no shift.
  public var shift: [Double] = []
  /// One number for each coordinate, one for all, or none for the scale of x; negative ones mirror.
  public var scale: [Double] = []
  /// A, row by row, instead of a scale.
  public var matrix: [[Double]] = []

  /// The standard normal as it is.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case base, shift, scale, matrix
    case baseSettings = "base_settings"
  }

  /// The base in the coordinates y.
  public func wrap(_ base: any Density) throws(ConfigError) -> any Density {
    transformed(base, try map(base.dimension))
  }

  private func map(_ dimension: Int) throws(ConfigError) -> AffineMap {
    let shift = try coordinates(shift, dimension, "shift", otherwise: 0)
    guard !matrix.isEmpty else {
      return try AffineMap(
        shift: shift, scale: try coordinates(scale, dimension, "scale", otherwise: 1))
    }
    try ConfigError.require(scale.isEmpty, "scale", "it must be empty where there is a matrix")
    return try AffineMap(shift: shift, matrix: try square(matrix, dimension, "matrix"))
  }
}

/// The base in other coordinates, with the abilities that it keeps.
func transformed(_ base: any Density, _ map: some CoordinateMap) -> any Density {
  func open(_ base: some Density) -> any Density { Transformed(base, map) }
  return open(base)
}

/// D finite numbers, of as many, of one for all, or of none.
func coordinates(
  _ values: [Double], _ dimension: Int, _ path: String, otherwise: Double
) throws(ConfigError) -> [Double] {
  try ConfigError.require(
    [0, 1, dimension].contains(values.count) && values.allSatisfy(\.isFinite), path,
    "it must hold \(dimension) finite numbers, one for all coordinates, or none")
  if values.count == dimension { return values }
  return [Double](repeating: values.first ?? otherwise, count: dimension)
}

/// The D² numbers of a matrix.
func square(
  _ rows: [[Double]], _ dimension: Int, _ path: String
) throws(ConfigError) -> [Double] {
  try ConfigError.require(
    rows.count == dimension
      && rows.allSatisfy { $0.count == dimension && $0.allSatisfy(\.isFinite) }, path,
    "it must hold \(dimension) rows of \(dimension) finite numbers")
  return rows.flatMap { $0 }
}
