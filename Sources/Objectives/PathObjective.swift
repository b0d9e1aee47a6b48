import Catalogs

/// A loss on paths, as a function of their log-probabilities.
///
/// The states are constants to it, so paths may come from any distribution.
public protocol PathObjective: Sendable {
  /// The loss, and its gradient written to `adjoints` (which holds zeros).
  /// - Parameters:
  ///   - record: The paths.
  ///   - logZ: The learned log Z.
  func evaluate(_ record: PathRecord, logZ: Double, adjoints: inout PathAdjoints) -> Double
}

/// The objectives on paths.
public let objectives = Catalog<any PathObjective>(
  "objective",
  [
    .init(
      "trajectory-balance",
      "Mean squared violation of Z P_F = rho P_B over whole paths, with a learned log Z.",
      references: TrajectoryBalance.references, NoConfig(), { _ in TrajectoryBalance() })
  ])
