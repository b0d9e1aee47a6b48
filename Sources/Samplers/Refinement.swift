import Chains
import Densities
import Kernels
import Metrics
import Storage

/// How draws of a run are made exact.
public enum RefinementMethod: String, Codable, Sendable, CaseIterable {
  /// More draws than are kept, of which some are kept by weight.
  case importance
  /// Chains whose proposals are draws: independence Metropolis-Hastings on paths.
  case independence
  /// Paths that are weighted and resampled on their way from noise to the density.
  case smc
  /// Draws that chains move on, each from where it is; shares of modes stay as the sampler left them.
  case chains
}

/// How many draws are refined, and how.
public struct RefinementConfig: Codable, Sendable, Equatable {
  /// Name of the method.
  public var method = RefinementMethod.importance
  /// Chains, or repeats of smc (independence, smc).
  public var chains = 4
  /// Draws for each that is kept (importance).
  public var proposals = 4
  /// Steps of a path; 0 for as many as in training.
  public var steps = 0
  /// The effective part of the weights below which paths are resampled (smc).
  public var effectiveShare = 0.5
  /// Steps of each draw's chain, in the first half of which step sizes are learned (chains).
  public var moves = 1000
  /// Name of the chains' kernel; "auto" for mala where the density has a score, random-walk elsewhere (chains).
  public var kernel = PointRefinement.automatic

  /// The defaults.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case method, chains, proposals, steps, moves, kernel
    case effectiveShare = "effective_share"
  }

  /// Checks every number.
  /// - Throws: `ConfigError` with the key.
  func validate() throws(ConfigError) {
    try ConfigError.require((1...10_000).contains(chains), "chains", "it must be from 1 to 10000")
    try ConfigError.require(
      (1...10_000).contains(proposals), "proposals", "it must be from 1 to 10000")
    try ConfigError.require(
      (0...100_000).contains(steps), "steps", "it must be from 0 to 100000")
    try ConfigError.require(
      effectiveShare > 0 && effectiveShare <= 1, "effective_share", "it must be above 0, at most 1")
    try ConfigError.require(
      (1...10_000_000).contains(moves), "moves", "it must be from 1 to 10000000")
  }
}

/// Weights of draws that no number of draws makes exact.
public struct RefinementError: Error, Equatable, CustomStringConvertible {
  /// Pareto k of the weights.
  public let shape: Double
  /// How many there were.
  public let count: Int
  /// At which stage of smc; nil elsewhere.
  public var stage: Int?

  /// The largest k with which means over weighted draws have errors that can be told.
  public static let largestShape = 0.7

  /// Refuses weights of a heavy tail.
  static func check(_ logWeights: [Double], stage: Int? = nil) throws(RefinementError) {
    let shape = ParetoTail(logWeights).shape
    guard shape < largestShape else {
      throw RefinementError(shape: shape, count: logWeights.count, stage: stage)
    }
  }

  /// One sentence for the user.
  public var description: String {
    let place = stage.map { " of stage \($0)" } ?? ""
    return "the draws cannot be made exact: Pareto k of the \(count) weights\(place) is \(shape), "
      + "and must be below \(Self.largestShape); train longer, or take more draws"
  }
}

extension Run {
  /// Draws points that have the density as their limit, whatever the sampler has not learned.
  ///
  /// Weights are those of whole paths, of which the density's are the ends. Whether they can be trusted is
  /// told by their tail: see `ParetoTail`. Chains from draws have no weights, and need long enough to forget where
  /// they began. A mode that the sampler never visits is beyond any of the methods.
  /// - Parameters:
  ///   - count: Points to keep, of all chains together.
  ///   - seed: Decides every random number.
  ///   - config: How.
  ///   - poll: Called often; what it throws ends the call.
  /// - Throws: `RefinementError` where the weights' tail is too heavy; `ConfigError`; what `sample` throws.
  /// Reference: Vehtari, Simpson, Gelman, Yao and Gabry (2024), *Pareto smoothed importance sampling*,
  /// arXiv:1507.02646; Phillips, Dau, Hutchinson et al. (2024), *Particle denoising diffusion sampler*,
  /// arXiv:2402.06320
  public func refine(
    _ count: Int, seed: UInt64, _ config: RefinementConfig = RefinementConfig(),
    poll: () throws -> Void = {}
  ) throws -> ChainDraws {
    try config.validate()
    guard !(density.density is any ConditionalDensity) else {
      throw ConfigError.invalid(
        path: "density", reason: "draws for several conditions cannot be refined together")
    }
    guard prior == nil || config.method == .importance || config.method == .independence else {
      throw ConfigError.invalid(
        path: "method",
        reason: "\(config.method.rawValue) needs the density itself, and the run has a prior")
    }
    let isOne = config.method == .importance || config.method == .chains
    let chains = isOne ? 1 : config.chains
    try ConfigError.require(
      count >= 4 * chains, "count", "it must be at least four for each of \(chains) chains")
    let each = (count + chains - 1) / chains
    let request = RefinementRequest(config: config, chains: chains, draws: each, seed: seed)
    return switch config.method {
    case .importance: try importanceDraws(request, poll)
    case .independence: try independenceDraws(request, poll)
    case .smc: try pathParticles(request, poll)
    case .chains: try movedDraws(request, poll)
    }
  }
}

/// What is asked of a method.
struct RefinementRequest {
  let config: RefinementConfig
  let chains: Int
  /// Draws of each chain.
  let draws: Int
  let seed: UInt64

  /// The randomness of choices among draws.
  var choices: RandomStream { RandomStream(seed: seed).folding(.resampling) }

  /// How paths are drawn.
  var sampling: SamplingConfig {
    var sampling = SamplingConfig()
    sampling.steps = config.steps
    return sampling
  }

  /// Chains of chosen points, with what was spent on them.
  func chains(
    _ x: [Float], _ logDensity: [Double], dimension: Int, calls: (energy: Int, gradient: Int),
    _ info: ChainInfo, _ figures: [Metric], stepSizes: [Double] = []
  ) throws -> ChainDraws {
    ChainDraws(
      config: try ConfigEncoder().encode(config), x: x, logDensity: logDensity, chains: chains,
      dimension: dimension, energyCalls: calls.energy, gradientCalls: calls.gradient, info: info,
      stepSizes: stepSizes, figures: figures)
  }
}

/// Rows of a [n, columns] table, in this order.
func rows<Value>(_ chosen: [Int], of table: [Value], columns: Int = 1) -> [Value] {
  chosen.flatMap { table[$0 * columns..<($0 + 1) * columns] }
}
