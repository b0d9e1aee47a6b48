import Catalogs
import Kernels
import Storage

/// The numbers of a stretch kernel.
public struct EnsembleStretchConfig: Codable, Sendable, Equatable {
  /// a > 1: a move stretches by a factor from 1/a to a.
  public var stretch = 2.0

  /// The defaults.
  public init() {}
}

/// The affine-invariant stretch move: chains propose along the lines through one another.
///
/// The first half of the chains moves, then the second, each towards or away from one y of the other half,
///
/// ```text
/// x′ = y + z (x - y),   g(z) ∝ 1/√z on [1/a, a],   ratio z^(D-1) ρ(x′) / ρ(x)
/// ```
///
/// so that scales and correlations of the density do not matter; values of the density only. The chains are
/// one ensemble and not independent of each other, and they stay within the affine span of
/// their starts: there must be 2D of them at least, in general position.
/// Reference: Goodman and Weare (2010), *Ensemble samplers with affine invariance*, equations 7 to 10,
/// doi:10.2140/camcos.2010.5.65
public struct EnsembleStretch: MarkovKernel {
  /// Sources.
  public static let references = [
    Reference(
      "Goodman, Weare", 2010, "Ensemble samplers with affine invariance",
      "doi:10.2140/camcos.2010.5.65"),
    Reference(
      "Foreman-Mackey, Hogg, Lang, Goodman", 2013, "emcee: the MCMC hammer", "arXiv:1202.3665"),
  ]

  private let stretch: Double

  /// A kernel of checked numbers.
  /// - Throws: `ConfigError.invalid`.
  public init(_ config: EnsembleStretchConfig = EnsembleStretchConfig()) throws(ConfigError) {
    try ConfigError.require(
      config.stretch > 1 && config.stretch <= 1e6, "stretch", "it must be above 1, at most 1000000")
    stretch = config.stretch
  }

  /// 2: the halves.
  public var sweeps: Int { 2 }

  /// 2D, and two.
  public func fewestChains(dimension: Int) -> Int { max(2, 2 * dimension) }

  /// a, which is not learned.
  public func tuning(replica: Int) -> StepTuning {
    StepTuning(.none, from: stretch, towards: 0)
  }

  /// Writes x′.
  public func propose(
    _ rows: Range<Int>, at step: ChainStep, _ state: ChainState, _ proposals: ChainProposals
  ) {
    let columns = state.dimension
    let others = chains(of: 1 - step.sweep, among: state.chains)
    for row in rows {
      let move = move(row, at: step, among: others)
      let (x, y) = (state.x + row * columns, state.x + move.other * columns)
      let out = proposals.x + row * columns
      let z = Float(move.z)
      for j in 0..<columns { out[j] = y[j] + z * (x[j] - y[j]) }
    }
  }

  /// (D - 1) log z + log ρ(x′) - log ρ(x).
  public func logRatio(
    row: Int, at step: ChainStep, _ state: ChainState, _ proposals: ChainProposals
  ) -> Double {
    let others = chains(of: 1 - step.sweep, among: state.chains)
    let z = Double(Float(move(row, at: step, among: others).z))
    return Double(state.dimension - 1) * scalarLog(z)
      + (Double(proposals.logDensity[row]) - Double(state.logDensity[row]))
  }

  /// The partner and z = (1 + (a - 1) u)² / a.
  private func move(
    _ row: Int, at step: ChainStep, among others: Range<Int>
  ) -> (other: Int, z: Double) {
    var words = step.stream.words(of: .integer, step: step.step, row: row)
    let other = others.lowerBound + IntegerBelow(others.count).draw(&words)
    let root = 1 + (stretch - 1) * words.unit()
    return (other, root * root / stretch)
  }
}
