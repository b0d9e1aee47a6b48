import Samplers
import Storage

/// One method on one density with one seed, at the suite's budget.
public struct SuiteCell: Sendable, Equatable {
  /// Density evaluations it may take.
  public let energyCalls: Int
  /// On what.
  public let density: SuiteDensity
  /// By what.
  public let method: SuiteMethod
  /// With which random numbers.
  public let seed: UInt64
  /// How its draws are judged.
  let evaluation: EvaluationConfig

  init(suite: SuiteConfig, density: SuiteDensity, method: SuiteMethod, seed: UInt64) {
    self.init(
      energyCalls: suite.energyCalls, density: density, method: method, seed: seed,
      evaluation: suite.evaluation)
  }

  init(
    energyCalls: Int, density: SuiteDensity, method: SuiteMethod, seed: UInt64,
    evaluation: EvaluationConfig
  ) {
    (self.energyCalls, self.evaluation) = (energyCalls, evaluation)
    (self.density, self.method, self.seed) = (density, method, seed)
  }

  /// What tells it from all others, settings included: what was done with the same need not be done again.
  public var key: String {
    var checksum = Checksum()
    checksum.update(Array(description.compact.utf8))
    return checksum.hexadecimal
  }

  /// Everything it depends on.
  public var description: JSONValue {
    [
      "density": .string(density.name), "density_settings": density.settings,
      "method": .string(method.name), "kind": .string(method.kind.rawValue),
      "settings": settings, "seed": .integer(Int64(seed)),
      "energy_calls": .integer(Int64(energyCalls)),
      "evaluation": (try? ConfigEncoder().encode(evaluation)) ?? .null,
    ]
  }

  /// The method's settings on this density.
  public var settings: JSONValue {
    let own = method.settingsFor[density.shown] ?? .null
    return JSONValue.object(JSONObject()).merged(with: method.settings).merged(with: own)
  }
}
