/// What a table of figures has a column for.
public enum FigureName: String, Codable, Sendable, CaseIterable {
  /// |ELBO - log Z|.
  case boundError = "bound-error"
  /// |importance-weighted log Z - log Z|.
  case weightedError = "weighted-error"
  /// The lower bound of log Z.
  case elbo
  /// The importance-weighted log Z.
  case logNormalizer = "log-normalizer"
  /// The upper bound of log Z.
  case eubo
  /// EUBO - ELBO.
  case gap
  /// W2 to exact samples.
  case wasserstein2 = "wasserstein-2"
  /// Modes found.
  case modesFound = "modes-found"
  /// Total variation between mode shares and masses.
  case modeWeightDistance = "mode-weight-distance"
  /// Density evaluations in training.
  case energyCalls = "energy-calls"
  /// Score evaluations in training.
  case gradientCalls = "gradient-calls"
  /// Seconds of training.
  case trainingTime = "training-seconds"

  /// What readers see: RW is the importance-weighted log Z, as the tables call it.
  public var heading: String {
    switch self {
    case .boundError: "bound error"
    case .weightedError: "RW error"
    case .elbo: "ELBO"
    case .logNormalizer: "log Z RW"
    case .eubo: "EUBO"
    case .gap: "EUBO - ELBO"
    case .wasserstein2: "W2"
    case .modesFound: "modes found"
    case .modeWeightDistance: "mode weight distance"
    case .energyCalls: "energy calls"
    case .gradientCalls: "gradient calls"
    case .trainingTime: "training time"
    }
  }
}
