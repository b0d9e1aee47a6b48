import Catalogs
import Densities
import Kernels
import Storage

/// A way to draw points from a density without training.
public protocol ChainMethod: Sendable {
  /// Draws points.
  /// - Parameters:
  ///   - density: What to sample from.
  ///   - plan: How many, from where, and by which random numbers.
  ///   - pool: The threads to use, on which no result depends.
  ///   - poll: Called often; what it throws ends the call.
  /// - Throws: `ConfigError`, `ChainError`, what the density throws, and what `poll` throws.
  func draw(
    _ density: any Density, _ plan: ChainPlan, pool: ThreadPool, poll: () throws -> Void
  ) throws -> ChainDraws
}

/// What a method is to do, with every setting as it is to be reported.
public struct ChainPlan: Sendable {
  /// The settings that all methods have.
  public let config: ChainConfig
  /// These and the method's own.
  public let resolved: JSONValue

  /// The randomness of all of it.
  var stream: RandomStream { RandomStream(seed: config.seed).folding(.chains) }
}

/// The methods: the kernels of Markov chains, and those that go from a Gaussian to the density.
public let chainMethods = Catalog<any ChainMethod>(
  "method",
  markovKernels.entries.filter { $0.name != "parallel-tempering" }.map { row in
    row.map { KernelChains(kernel: $0) }
  } + [
    .init(
      "parallel-tempering",
      "Chains at several temperatures that swap, with temperatures learned in warm-up.",
      references: ParallelTempering.references, ParallelTemperingConfig(moves: .auto),
      { KernelChains(kernel: try ParallelTempering($0)) }),
    .init(
      "smc",
      "A cloud of particles from a Gaussian to the density, resampled on the way; estimates log Z.",
      references: SequentialMonteCarlo.references, SequentialMonteCarloConfig(),
      { try SequentialMonteCarlo($0) }),
    .init(
      "ais", "Independent particles from a Gaussian to the density, weighted; estimates log Z.",
      references: AnnealedImportance.references, AnnealedImportanceConfig(),
      { try AnnealedImportance($0) }),
  ])

/// Draws points from a density without training.
/// - Parameters:
///   - density: What to sample from.
///   - overrides: Settings of `ChainConfig` and, beside them, of the method.
///   - pool: The threads to use, on which no result depends.
///   - poll: Called often; what it throws ends the call.
/// - Throws: `ConfigError`, `ChainError`, what the density throws, and what `poll` throws.
public func drawChains(
  from density: any Density, overrides: JSONValue, pool: ThreadPool = .shared,
  poll: () throws -> Void = {}
) throws -> ChainDraws {
  let name = overrides["method"]?.string ?? ChainConfig.automatic
  let hasScore = density is any DifferentiableDensity
  let method = try chainMethods.entry(
    name == ChainConfig.automatic ? (hasScore ? "hmc" : "random-walk") : name)
  var own = try ConfigEncoder().encode(ChainConfig()).object ?? JSONObject()
  let shared = own.keys
  for entry in method.defaults.object?.entries ?? [] { own[entry.key] = entry.value }
  var table = try overlay(.object(own), with: overrides).object ?? JSONObject()
  table["method"] = .string(method.name)
  func part(_ keys: [String]) -> JSONValue {
    .object(JSONObject(keys.compactMap { key in table[key].map { (key, $0) } }))
  }
  let config = try ConfigDecoder().decode(ChainConfig.self, from: part(shared))
  try config.validate(dimension: density.dimension)
  let product = try method.make(part(method.defaults.object?.keys ?? []))
  return try product.draw(
    single(density, config.condition), ChainPlan(config: config, resolved: .object(table)),
    pool: pool, poll: poll)
}

/// The density itself, or that of the condition.
private func single(_ density: any Density, _ condition: Int) throws(ConfigError) -> any Density {
  if let density = density as? any ConditionalDensity {
    return try density.at(condition: condition)
  }
  try ConfigError.require(condition == -1, "condition", "the density has no conditions")
  return density
}
