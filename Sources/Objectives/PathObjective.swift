import Catalogs

/// A loss on paths, as a function of their log-probabilities.
///
/// The states are constants to it, so paths may come from any distribution; unless it is pathwise.
public protocol PathObjective: Sendable {
  /// Whether the loss is a mean, over paths, of what each path says by itself.
  ///
  /// Then a block of paths can be taken from its start to its gradient at once, with its activations
  /// still in the cache. False unless an objective says otherwise.
  var seesPathsAlone: Bool { get }

  /// Whether the gradient flows through the simulation, its noise held fixed.
  ///
  /// Such an objective needs paths of the model itself, without exploration, and the density's
  /// score at their ends. False unless an objective says otherwise.
  var isPathwise: Bool { get }

  /// Whether it asks for paths of the model itself, without exploration; so does every pathwise objective.
  var needsOwnPaths: Bool { get }

  /// Whether the paths must have been drawn backwards from samples of the density.
  ///
  /// False unless an objective says otherwise.
  var needsGivenEnds: Bool { get }

  /// What is learned beside the sampler; nothing unless an objective says otherwise.
  var unknown: PathUnknown { get }

  /// The loss, and its gradient written to `adjoints` (which holds zeros).
  /// - Parameters:
  ///   - record: The paths.
  ///   - logZ: The learned log Z.
  func evaluate(_ record: PathRecord, logZ: Double, adjoints: inout PathAdjoints) -> Double
}

/// An objective of squared residuals, one a path, that can leave small ones alone.
public protocol HingedObjective: PathObjective {
  /// The same, squared residuals counting only by what they exceed a hinge.
  func hinged(at hinge: Double) -> any PathObjective
}

/// What an objective learns beside the sampler.
public enum PathUnknown: Sendable {
  /// Nothing.
  case nothing
  /// One number, log Z.
  case logZ
  /// The log flow log F(x, t) of every state, of which that of x₀ is log Z.
  case flow
}

extension PathObjective {
  /// False.
  public var seesPathsAlone: Bool { false }

  /// False.
  public var isPathwise: Bool { false }

  /// Whether it is pathwise.
  public var needsOwnPaths: Bool { isPathwise }

  /// False.
  public var needsGivenEnds: Bool { false }

  /// Nothing.
  public var unknown: PathUnknown { .nothing }

  /// The objective's own idea of log Z: what it has learned, or else the mean log-weight.
  /// - Parameters:
  ///   - record: Paths, at least one of which counts.
  ///   - learned: The learned log Z.
  public func logZ(_ record: PathRecord, learned: Double) -> Double {
    switch unknown {
    case .nothing:
      (0..<record.paths).reduce(0) { sum, path in
        record.counts[path] ? sum - record.share * record.logRatio(of: path) : sum
      }
    case .logZ: learned
    case .flow: record.logFlow[record.counts.firstIndex(of: true) ?? 0]
    }
  }
}

/// The objectives on paths.
public let objectives = Catalog<any PathObjective>(
  "objective",
  [
    .init(
      "trajectory-balance",
      "Mean squared violation of Z P_F = rho P_B over whole paths, with a learned log Z.",
      references: TrajectoryBalance.references, NoConfig(), { _ in TrajectoryBalance() }),
    .init(
      "log-variance",
      "Variance over the batch of log P_F - log P_B - log rho: trajectory balance without log Z.",
      references: LogVariance.references, LogVarianceConfig(), { try LogVariance($0) }),
    .init(
      "detailed-balance",
      "Mean squared violation of F P_F = F' P_B over each step, with a learned state flow F.",
      references: DetailedBalance.references, NoConfig(), { _ in DetailedBalance() }),
    .init(
      "sub-trajectory-balance",
      "The same over every part of a path, parts of n steps weighted by lambda to the n.",
      references: SubTrajectoryBalance.references, SubTrajectoryConfig(),
      { try SubTrajectoryBalance($0) }),
    .init(
      "path-kl", "Mean log P_F - log P_B - log rho of the model's own paths, by their noise.",
      references: PathKL.references, NoConfig(), { _ in PathKL() }),
    .init(
      "reinforce",
      "Policy gradient on the model's own paths, and a penalty on their squared log-ratio.",
      references: Reinforce.references, ReinforceConfig(), { try Reinforce($0) }),
    .init(
      "maximum-likelihood", "Mean -log P_F of paths drawn backwards from samples of the density.",
      references: MaximumLikelihood.references, NoConfig(), { _ in MaximumLikelihood() }),
  ])
