import Densities
import Kernels
import Samplers
import Storage
import Training

/// Chains and particles beside a trained sampler, with as many density evaluations as its training took.
extension Reproduction {
  /// The methods, a cell each; none for posteriors of a trained prior, whose density nobody knows.
  ///
  /// Of densities of conditions, those that estimate log Z, which is all that is told of them.
  /// - Parameter result: A seed, whose evaluations are the budget.
  public func opponents(of result: SeedResult) throws -> [SuiteCell] {
    let opened = try openDensity().density
    guard experiment.prior == nil else { return [] }
    let scale = settings.run.process.variance.squareRoot()
    let runs = (opened as? any ConditionalDensity)?.evaluationConditions.count ?? 1
    return Opponent.against(opened).map { opponent in
      SuiteCell(
        energyCalls: result.energyCalls,
        density: SuiteDensity(name: experiment.density, settings: settings.density),
        method: opponent.method(
          energyCalls: result.energyCalls / runs, dimension: opened.dimension,
          startDeviation: scale, callsOfParticle: runs > 1 ? 100 : 50),
        seed: result.seed, evaluation: settings.evaluation)
    }
  }

  /// What became of a cell that was finished before; nil where it was not, or with other settings.
  public func finishedRow(of cell: SuiteCell) -> SuiteRow? {
    guard let row = try? readRow(path(of: cell)), row.key == cell.key else { return nil }
    return row
  }

  /// Spends the budget of a cell, and keeps what became of it.
  /// - Throws: `StorageError`, what the listener throws.
  public func row(
    of cell: SuiteCell, pool: ThreadPool = .shared, _ listener: TrainingListener? = nil
  ) throws -> SuiteRow {
    let row: SuiteRow
    do {
      row = try cell.run(pool: pool, listener)
    } catch let error as ConfigError {
      row = cell.row(failure: "\(error)")
    }
    try createDirectory("\(folder)/chains", intermediate: true)
    try writeAtomically(ConfigEncoder().encode(row).pretty + "\n", to: path(of: cell))
    return row
  }

  private func path(of cell: SuiteCell) -> String {
    "\(folder)/chains/\(cell.method.settings["method"]?.string ?? "").json"
  }

  private func readRow(_ path: String) throws -> SuiteRow {
    let text = String(decoding: try readFile(path), as: UTF8.self)
    return try ConfigDecoder().decode(SuiteRow.self, from: JSONValue(parsing: text))
  }
}

/// A method that needs no training.
private enum Opponent: String, CaseIterable {
  case parallelTempering = "parallel-tempering"
  case smc
  case hmc

  /// Those that can be asked about a density.
  static func against(_ density: any Density) -> [Opponent] {
    if density is any ConditionalDensity { return [.smc] }
    return allCases.filter { density is any DifferentiableDensity || $0 != .hmc }
  }

  private var words: String {
    switch self {
    case .parallelTempering: "parallel tempering"
    case .smc: "sequential Monte Carlo"
    case .hmc: "Hamiltonian Monte Carlo"
    }
  }

  /// Its settings for a run: all points that are kept are about ten million numbers.
  /// - Parameter callsOfParticle: What each particle may spend on its way: 50 evaluations are nine stages of five
  ///   moves, too few where each condition has a sharp posterior of its own.
  func method(
    energyCalls: Int, dimension: Int, startDeviation: Double, callsOfParticle: Int
  ) -> SuiteMethod {
    let kept = max(1, 10_000_000 / dimension)
    var settings: JSONValue = [
      "method": .string(rawValue), "start_deviation": JSONValue(startDeviation),
    ]
    switch self {
    case .parallelTempering, .hmc:
      let thin = 1 + energyCalls / (8 * kept)
      settings = settings.merged(with: ["chains": 16, "thin": .integer(Int64(thin))])
    case .smc:
      let particles = max(100, min(energyCalls / callsOfParticle, kept))
      settings = settings.merged(with: ["chains": 1, "draws": .integer(Int64(particles))])
    }
    var method = SuiteMethod()
    (method.name, method.kind, method.settings) = (words, .chains, settings)
    return method
  }
}

/// A figure in which chains or particles are nearer to the truth than our mean.
public struct NearerOpponent: Sendable, Equatable {
  /// What they are called.
  public let method: String
  /// The figure, the smaller the better.
  public let name: FigureName
  /// Its value for them.
  public let theirs: Double
  /// Its value for the sampler, the mean over seeds.
  public let ours: Double

  var description: JSONValue {
    [
      "method": .string(method), "figure": .string(name.rawValue), "theirs": JSONValue(theirs),
      "ours": JSONValue(ours),
    ]
  }
}

extension ReproductionTable {
  /// Where chains or particles win.
  public var nearer: [NearerOpponent] {
    let names: [FigureName] = [.weightedError, .wasserstein2, .modeWeightDistance]
    return opponents.flatMap { row in
      names.compactMap { name in
        guard let theirs = row[name]?.value, let ours = results.mean(name)?.value, theirs < ours
        else { return nil }
        return NearerOpponent(method: row.method, name: name, theirs: theirs, ours: ours)
      }
    }
  }
}
