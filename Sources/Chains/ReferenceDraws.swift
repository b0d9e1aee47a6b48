import Catalogs
import Densities
import Kernels
import Metrics
import Storage

/// How reference draws are made.
public struct ReferenceConfig: Codable, Sendable, Equatable {
  /// Draws to keep.
  public var count = 10_000
  /// Chains from each of the two starts.
  public var chains = 8
  /// Steps from one kept draw to the next.
  public var thin = 20
  /// Steps before the first, of each chain.
  public var warmUp = 2000
  /// Of the Gaussian that the first half of the chains starts from.
  public var startDeviation = 1.0
  /// How many times wider the second half starts.
  public var overdispersion = 3.0
  /// How chains move: a method with chains; "auto" for hmc with particles, which flow from one shape to another,
  /// and parallel-tempering elsewhere.
  public var method = ReferenceConfig.automatic
  /// Decides every random number.
  public var seed: UInt64 = 0

  static let automatic = "auto"

  /// The defaults.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case count, chains, thin, overdispersion, method, seed
    case warmUp = "warm_up"
    case startDeviation = "start_deviation"
  }
}

/// Long Markov chains that stand in for exact samples, once they have passed their checks.
///
/// Half the chains set out from a wide Gaussian, half from a narrower one; they must come to agree in every
/// coordinate and in log ρ (R-hat), be worth enough independent draws, and, where there is a score, have the
/// virial that partial integration tells.
public struct ReferenceDraws: Sendable {
  /// The points, [2 · chains, draws, D].
  public let x: [Float]
  /// D.
  public let dimension: Int
  /// 2 · chains.
  public let chains: Int
  /// Every figure that was checked.
  public let checks: [Metric]
  /// Settings, counts and figures, to be kept beside the points.
  public let report: JSONValue

  /// Whether no check failed.
  public var pass: Bool { checks.allSatisfy { $0.verdict != .fail } }

  /// Runs and checks the chains.
  /// - Parameters:
  ///   - density: What the draws stand for.
  ///   - overrides: Settings of `ReferenceConfig` and, beside them, of the method.
  ///   - pool: The threads to use, on which no result depends.
  ///   - poll: Called often; what it throws ends the call.
  /// - Throws: `ConfigError`, `ChainError`, what the density throws, and what `poll` throws.
  public init(
    _ density: NamedDensity, overrides: JSONValue, pool: ThreadPool = .shared,
    poll: () throws -> Void = {}
  ) throws {
    let defaults = try ConfigEncoder().encode(ReferenceConfig())
    let own = JSONObject(
      (overrides.object?.entries ?? []).filter { defaults[$0.key] != nil }.map {
        ($0.key, $0.value)
      })
    var config = try resolve(ReferenceConfig(), overrides: .object(own))
    if config.method == ReferenceConfig.automatic {
      config.method = density.density is any ParticleDensity ? "hmc" : "parallel-tempering"
    }
    try ConfigError.require(
      config.chains > 0 && config.count >= 8 * config.chains, "count",
      "it must be at least four for each of the \(2 * config.chains) chains")
    try ConfigError.require(
      config.overdispersion >= 1 && config.overdispersion <= 1e3, "overdispersion",
      "it must be from 1 to 1000")
    var settings = overrides.object ?? JSONObject()
    for key in defaults.object?.keys ?? [] { settings[key] = nil }
    let halves = try [0, 1].map { half in
      try drawChains(
        from: density.density, overrides: Self.plan(config, half, settings), pool: pool, poll: poll)
    }
    let all = halves[0].x + halves[1].x
    x = (density.density as? any ConfinedDensity)?.confined(all) ?? all
    (dimension, chains) = (density.density.dimension, 2 * config.chains)
    checks = try Self.checks(density.density, x, halves, pool)
    report = try Self.report(density, config, halves, checks)
  }

  private static func plan(
    _ config: ReferenceConfig, _ half: Int, _ settings: JSONObject
  ) throws -> JSONValue {
    var plan = settings
    let each = (config.count + 2 * config.chains - 1) / (2 * config.chains)
    plan["method"] = .string(config.method)
    plan["chains"] = .integer(Int64(config.chains))
    plan["draws"] = .integer(Int64(each))
    plan["thin"] = .integer(Int64(config.thin))
    plan["warm_up"] = .integer(Int64(config.warmUp))
    plan["start_deviation"] = JSONValue(
      config.startDeviation * (half == 0 ? 1 : config.overdispersion))
    plan["seed"] = try ConfigEncoder().encode(
      RandomStream(seed: config.seed).folding(UInt64(half)).key)
    return .object(plan)
  }

  private static func checks(
    _ density: any Density, _ x: [Float], _ halves: [ChainDraws], _ pool: ThreadPool
  ) throws -> [Metric] {
    let chains = 2 * halves[0].chains
    var checks = ChainDiagnostics(x, chains: chains, dimension: density.dimension, pool: pool)
      .metrics
    let logs = halves[0].logDensity + halves[1].logDensity
    let energy = ChainDiagnostics(logs, chains: chains, dimension: 1, pool: pool).metrics[0]
    checks.append(
      Metric(
        "log-density-r-hat", energy.value, count: energy.count, truth: 1, energy.verdict,
        "how much the log-density of chains differs"))
    if let density = density as? any DifferentiableDensity {
      checks.append(
        chainVirial(
          try virialProducts(density, x), chains: chains,
          degreesOfFreedom: (density as? any ConfinedDensity)?.degreesOfFreedom
            ?? density.dimension))
    }
    return checks
  }

  /// -x · ∇ log ρ(x) of each point.
  private static func virialProducts(
    _ density: any DifferentiableDensity, _ x: [Float]
  ) throws -> [Double] {
    let d = density.dimension
    var values = [Float](repeating: 0, count: x.count / d)
    var scores = [Float](repeating: 0, count: x.count)
    try x.withUnsafeBufferPointer {
      guard let base = $0.baseAddress else { return }
      try density.logDensity(
        of: Points(base, count: values.count, dimension: d), into: &values, score: &scores)
    }
    return values.indices.map { row in
      (row * d..<(row + 1) * d).reduce(0) { $0 - Double(x[$1]) * Double(scores[$1]) }
    }
  }

  private static func report(
    _ density: NamedDensity, _ config: ReferenceConfig, _ halves: [ChainDraws], _ checks: [Metric]
  ) throws -> JSONValue {
    let encoder = ConfigEncoder()
    return [
      "density": density.description, "config": try encoder.encode(config),
      "halves": .array(try halves.map { try $0.report($0.diagnostics()) }),
      "passed": .bool(checks.allSatisfy { $0.verdict != .fail }),
      "metrics": .array(try checks.map { try encoder.encode($0) }),
      "energy_calls": .integer(Int64(halves.reduce(0) { $0 + $1.energyCalls })),
    ]
  }

  /// Writes the points as a NumPy array, [draws · chains, D], and beside them the report: x.npy and x.json.
  /// - Throws: `StorageError`.
  public func write(to path: String) throws {
    let count = x.count / dimension
    try writeAtomically(report.pretty + "\n", to: path.dropSuffix(".npy") + ".json")
    try StoredArray(x, shape: [count, dimension]).writeNPY(to: path)
  }
}

extension String {
  /// Without an ending, where it has that.
  fileprivate func dropSuffix(_ ending: String) -> String {
    hasSuffix(ending) ? String(dropLast(ending.count)) : self
  }
}
