import Catalogs
import Chains
import Kernels
import Objectives
import Storage

/// Where the end points of paths that are simulated backwards come from.
public enum EndPointOrigin: String, Codable, Sendable, CaseIterable {
  /// Nowhere: all paths are simulated forwards.
  case none
  /// A replay buffer of the ends of paths simulated forwards.
  case visited
  /// A replay buffer of what a local search found from those.
  case localSearch = "local-search"
  /// Exact samples of the density, those of a file, or the pairs of a density of conditions (method denoising).
  case samples
  /// The prior of a posterior, whose own paths are followed forwards (method denoising).
  case prior
  /// Both chains: of paths that are followed forwards, each step is the prior's with a chance (method denoising).
  case mixture

  /// Whether paths have steps of the prior's.
  var followsPrior: Bool { self == .prior || self == .mixture }
}

/// Training on paths that are not the model's own: simulated backwards from points worth learning from, or forwards along
/// a prior.
///
/// Every n-th step of training is such a step.
/// Reference: Sendera et al. (2024), arXiv:2402.05098, section 4.2
public struct OffPolicyConfig: Codable, Sendable, Equatable {
  /// Where end points come from.
  public var source = EndPointOrigin.none
  /// Every how many steps one goes backwards; 1 for all.
  public var every = 2
  /// The objective of these steps; empty for that of the run.
  public var objective = ""
  /// The buffers' capacity and priorities.
  public var replay = ReplayConfig()
  /// Steps of training from one local search to the next.
  public var searchEvery = 100
  /// The local search.
  public var localSearch = LocalSearchConfig()
  /// A NumPy file of samples, [n, D], where the density has no exact ones.
  public var samples = ""
  /// The greatest chance of a step to be the prior's; each batch has one up to it (mixture).
  public var priorChance = 0.7

  /// The defaults.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case source, every, objective, replay, samples
    case searchEvery = "search_every"
    case localSearch = "local_search"
    case priorChance = "prior_chance"
  }

  /// Whether end points come from paths simulated before.
  var remembers: Bool { source == .visited || source == .localSearch }

  /// Whether the step after `done` steps goes backwards.
  func isTurn(_ done: Int) -> Bool { source != .none && done % every == every - 1 }

  /// Which steps of a batch that follows the prior are its own: all, or of a mixture each with a chance that is drawn
  /// before them.
  func stepsOfPrior(of count: Int, _ stream: RandomStream) -> [Bool] {
    guard source == .mixture else { return [Bool](repeating: true, count: count) }
    var words = stream.folding(.stepsOfPrior).words(of: .uniform, row: 0)
    let chance = priorChance * words.unit()
    return (0..<count).map { _ in words.unit() < chance }
  }

  /// Whether a local search is due before the step after `done` steps, which goes backwards.
  func isSearchDue(_ done: Int) -> Bool {
    done < every || done / searchEvery != (done - every) / searchEvery
  }

  /// Checks every number.
  /// - Throws: `ConfigError`.
  func validate() throws {
    try ConfigError.require(every >= 1, "every", "it must be at least 1")
    try ConfigError.require(
      every >= 2 || !remembers, "every",
      "with 1 no path would go forwards, and the buffer would stay empty")
    try ConfigError.require(searchEvery >= 1, "search_every", "it must be at least 1")
    try ConfigError.require(
      samples.isEmpty || source == .samples, "samples", "it is read where source is samples")
    try ConfigError.require(
      priorChance > 0 && priorChance <= 1, "prior_chance", "it must be more than 0, and at most 1")
    try under("replay") { try replay.validate() }
    try under("local_search") { try localSearch.validate() }
  }

  private func under(_ key: String, _ body: () throws -> Void) throws {
    do { try body() } catch let error as ConfigError { throw error.under(key) }
  }
}
