/// What a study of energy matching says of a set of points.
enum EnergyColumn: String, CaseIterable, Sendable {
  /// W2 of the points as they are, in no matter what frame: the published convention of iDEM.
  case wasserstein2 = "W2"
  /// W2 after alignment by turns, mirrors, shifts and exchanges: that of later papers.
  case aligned = "aligned W2"
  /// W2 of the energies, rooted.
  case energy = "energy W2"
  /// The same without the root, as iDEM's code reports it.
  case energySquared = "energy W2 squared"
  /// Total variation of the distances among particles, 200 bins.
  case distances = "distance TV"
  /// Modes with half to twice their share.
  case modes = "modes"
  /// Mean of -x · score.
  case virial = "virial"
  /// Its standard error.
  case virialError = "virial s.e."
  /// Mean energy.
  case meanEnergy = "mean energy"
  /// Kish's share of importance weights.
  case share = "effective share"
  /// Pareto k of these.
  case shape = "Pareto k"
  /// Negative log-likelihood of reference draws under a flow.
  case likelihood = "NLL"
  /// Weighted log Z.
  case logNormalizer = "log Z"
  /// Evaluations of log ρ that the points took, training and all.
  case calls = "energy calls"
  /// Minutes that this took.
  case minutes = "minutes"

  /// Whether only particles have it, or only densities with known modes.
  private var isOfParticles: Bool { self == .aligned || self == .distances }

  /// The columns of a density.
  static func all(particles: Bool, modes: Bool) -> [EnergyColumn] {
    allCases.filter { column in
      column == .modes ? modes : column.isOfParticles ? particles : true
    }
  }
}
