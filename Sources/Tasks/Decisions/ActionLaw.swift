import Kernels

/// Actions with weights: a policy in one state.
public struct ActionLaw: Sendable {
  /// The actions, in rising order.
  public let actions: [Double]
  /// Their weights, adding up to 1.
  public let masses: [Double]
  /// The logarithm of the integral before it was divided by; 0 for draws.
  public let logNormalizer: Double

  /// Draws, all of one weight or with log-weights.
  public init(draws: [Double], logWeights: [Double] = []) {
    let order = draws.indices.sorted { draws[$0] < draws[$1] }
    actions = order.map { draws[$0] }
    let top = logWeights.max() ?? 0
    let powers = order.map { logWeights.isEmpty ? 1 : scalarExp(logWeights[$0] - top) }
    let sum = powers.reduce(0, +)
    masses = powers.map { $0 / sum }
    logNormalizer = 0
  }

  fileprivate init(_ actions: [Double], logMasses: [Double], spacing: Double) {
    let top = logMasses.max() ?? 0
    let powers = logMasses.map { scalarExp($0 - top) }
    let sum = powers.reduce(0, +)
    self.actions = actions
    masses = powers.map { $0 / sum }
    logNormalizer = top + scalarLog(sum * spacing)
  }

  /// The mean of a function.
  public func expectation(_ function: (Double) -> Double) -> Double {
    zip(actions, masses).reduce(0) { $0 + $1.1 * function($1.0) }
  }

  /// The distance of Wasserstein of order 1 to another law: the area between both distribution functions.
  public func distance(to other: ActionLaw) -> Double {
    let marks =
      zip(actions, masses).map { ($0, $1) } + zip(other.actions, other.masses).map { ($0, -$1) }
    let sorted = marks.sorted { $0.0 < $1.0 }
    var (sum, area) = (0.0, 0.0)
    for (mark, next) in zip(sorted, sorted.dropFirst()) {
      sum += mark.1
      area += sum.magnitude * (next.0 - mark.0)
    }
    return area
  }

  /// Independent draws by the inverse of the distribution function.
  public func draws(_ count: Int, _ stream: RandomStream) -> [Double] {
    let law = Categorical(weights: masses)
    return (0..<count).map { actions[stream.draw(law, row: $0)] }
  }
}

/// Evenly spaced actions, fine and wide enough for the sums over small problems to be integrals.
struct ActionGrid {
  static let reach = 5.0
  static let spacing = 0.01

  let actions = (0...Int(2 * reach / spacing)).map { -reach + spacing * Double($0) }

  /// The law of a log-density.
  func normalized(_ logDensity: (Double) -> Double) -> ActionLaw {
    ActionLaw(actions, logMasses: actions.map(logDensity), spacing: Self.spacing)
  }
}
