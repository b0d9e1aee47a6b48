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

  /// The loss, and its gradient written to `adjoints` (which holds zeros).
  /// - Parameters:
  ///   - record: The paths.
  ///   - logZ: The learned log Z.
  func evaluate(_ record: PathRecord, logZ: Double, adjoints: inout PathAdjoints) -> Double
}

extension PathObjective {
  /// False.
  public var seesPathsAlone: Bool { false }
  /// False.
  public var isPathwise: Bool { false }
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
      "path-kl", "Mean log P_F - log P_B - log rho of the model's own paths, by their noise.",
      references: PathKL.references, NoConfig(), { _ in PathKL() }),
  ])
