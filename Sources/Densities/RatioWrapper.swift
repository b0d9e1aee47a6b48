import Storage

/// The densities of a ratio.
public struct RatioWrapper: DensityWrapper, Equatable {
  /// Name of the numerator.
  public var base = "9gmm"
  /// Settings of the numerator.
  public var baseSettings: JSONValue?
  /// Name of the denominator.
  public var denominator = "25gmm"
  /// Settings of the denominator.
  public var denominatorSettings: JSONValue?

  /// Nine Gaussians over twenty-five.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case base, denominator
    case baseSettings = "base_settings"
    case denominatorSettings = "denominator_settings"
  }

  /// The ratio, with a score where both have one.
  public func wrap(_ base: any Density) throws(ConfigError) -> any Density {
    let below = try openDenominator()
    try ConfigError.require(
      below.dimension == base.dimension, "denominator",
      "it is in dimension \(below.dimension), and the base in \(base.dimension)")
    guard !(base is any ConditionalDensity), !(below is any ConditionalDensity) else {
      throw .invalid(path: "base", reason: "a ratio of densities with conditions is not supported")
    }
    if let base = base as? any DifferentiableDensity,
      let below = below as? any DifferentiableDensity
    {
      return DifferentiableRatio(base, over: below)
    }
    return Ratio(base, over: below)
  }

  private func openDenominator() throws(ConfigError) -> any Density {
    do {
      let entry = try densities.entry(denominator, at: "denominator")
      do {
        return try entry.make(denominatorSettings ?? .object(JSONObject()))
      } catch let error as ConfigError {
        throw error.under("denominator_settings")
      }
    } catch let error as ConfigError {
      throw error
    } catch {
      throw .invalid(path: "denominator", reason: "\(error)")
    }
  }
}
