import Metrics

/// The results of a suite, density by density, from the best method to the worst.
public struct Leaderboard: Sendable {
  /// One density's part.
  public struct Part: Sendable {
    /// What tables call the density.
    public let density: String
    /// The figure that ranks methods; nil where no method has one.
    public let ranking: FigureName?
    /// The methods, the best first.
    public let places: [Place]

    /// The best method of a kind.
    public func best(_ kind: SuiteMethodKind) -> Place? {
      places.first { $0.kind == kind && $0.hasFigures }
    }
  }

  /// A method on a density: the rows of its seeds.
  public struct Place: Sendable {
    /// The method.
    public let method: String
    /// What it is.
    public let kind: SuiteMethodKind
    /// Its rows, by seed.
    public let rows: [SuiteRow]

    /// Whether any seed has figures.
    public var hasFigures: Bool { rows.contains { !$0.metrics.isEmpty } }
    /// How far a distance is above its floor: nothing below it can be told from exact samples.
    public func excess(_ name: FigureName) -> Double {
      guard let mean = rows.mean(name) else { return .infinity }
      return max(0, mean.value - (mean.floor ?? 0))
    }
    /// The worst verdict over seeds and figures; fail where a seed failed.
    public var verdict: Verdict {
      let verdicts = rows.flatMap { $0.failure.isEmpty ? $0.metrics.map(\.verdict) : [.fail] }
      return Verdict.allCases.last { verdicts.contains($0) } ?? .fail
    }
  }

  /// The parts, in the order in which densities first came.
  public let parts: [Part]

  /// Ranks rows of any number of files; of rows of the same cell the last one counts.
  public init(_ rows: [SuiteRow]) {
    var latest: [String: SuiteRow] = [:]
    for row in rows { latest[row.key] = row }
    let unique = rows.filter { latest[$0.key] == $0 }
    parts = Self.inOrder(unique.map(\.density)).map { density in
      Self.part(density, unique.filter { $0.density == density })
    }
  }

  /// The figures that methods of both kinds can be ranked by, the first that is known first.
  private static let rankings: [FigureName] = [.modeWeightDistance, .wasserstein2]

  private static func part(_ density: String, _ rows: [SuiteRow]) -> Part {
    let places = inOrder(rows.map(\.method)).map { method in
      let own = rows.filter { $0.method == method }.sorted { $0.seed < $1.seed }
      return Place(method: method, kind: own[0].kind, rows: own)
    }
    let ranking = rankings.first { name in places.contains { $0.rows.mean(name) != nil } }
    guard let ranking else { return Part(density: density, ranking: nil, places: places) }
    let ranked = places.enumerated().sorted { first, second in
      (first.element.excess(ranking), first.offset)
        < (second.element.excess(ranking), second.offset)
    }
    return Part(density: density, ranking: ranking, places: ranked.map(\.element))
  }

  private static func inOrder(_ names: [String]) -> [String] {
    names.enumerated().filter { !names[..<$0.offset].contains($0.element) }.map(\.element)
  }
}

extension SuiteRow: FigureSource {
  /// The metric of a name.
  public func metric(_ name: String) -> Metric? { self[name] }
  /// Seconds of training or of steps.
  public var trainingSeconds: Double { seconds }
}
