import Storage

/// The numbers of a power of a density.
public struct TemperedWrapper: DensityWrapper, Equatable {
  /// Name of the density.
  public var base = "gaussian"
  /// Settings of the density.
  public var baseSettings: JSONValue?
  /// β, the power; 1 for the density itself.
  public var inverseTemperature = 0.5

  /// The square root of the standard normal's density.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case base
    case baseSettings = "base_settings"
    case inverseTemperature = "inverse_temperature"
  }

  /// The power, with its log Z where that is known; for β = 1 the base with all it can do.
  public func wrap(_ base: any Density) throws(ConfigError) -> any Density {
    try ConfigError.require(
      inverseTemperature >= 1e-30 && inverseTemperature <= 1e30, "inverse_temperature",
      "it must be from 1e-30 to 1e30")
    if inverseTemperature == 1 { return base }
    let logNormalizer = (base as? any PowerNormalizedDensity)?
      .logNormalizer(ofPower: inverseTemperature)
    func open(_ base: some Density) -> any Density {
      let power = Tempered(base, inverseTemperature: inverseTemperature)
      return logNormalizer.map { KnownNormalizer(power, logNormalizer: $0) } ?? power
    }
    return open(base)
  }
}
