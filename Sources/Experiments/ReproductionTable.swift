import Densities
import Storage

/// Published numbers and ours next to them.
public struct ReproductionTable: Sendable {
  /// What was run, and how.
  public let reproduction: Reproduction
  /// The results, seed by seed.
  public let results: [SeedResult]
  /// Chains and particles with as many density evaluations.
  public let opponents: [SuiteRow]
  /// Where, when and by which command.
  public let provenance: JSONValue

  /// Collects results, at least one.
  public init(
    _ reproduction: Reproduction, _ results: [SeedResult], opponents: [SuiteRow] = [],
    provenance: JSONValue
  ) {
    precondition(!results.isEmpty, "a table of no results")
    self.reproduction = reproduction
    self.results = results
    self.opponents = opponents
    self.provenance = provenance
  }

  /// The figures that were published or that we have, in their order.
  public var columns: [FigureName] {
    FigureName.allCases.filter { name in
      results.contains { $0[name] != nil }
        || reproduction.experiment.published.contains { $0[name] != nil }
    }
  }

  /// The wells of a many-well that a result misses; nil for other densities.
  public func missedWells(_ result: SeedResult) -> MissedWells? {
    MissedWells(result, reproduction.experiment.density)
  }

  /// Everything as one object.
  public var json: JSONValue {
    get throws {
      let experiment = reproduction.experiment
      return [
        "experiment": .string(experiment.name), "summary": .string(experiment.summary),
        "density": .string(experiment.density), "preset": .string(reproduction.preset.rawValue),
        "ours": .bool(experiment.isOurs),
        "references": .array(experiment.references.map { .string($0.description) }),
        "notes": .array(try reproduction.notes.map { .string($0) }),
        "published": .array(experiment.published.map(\.description)),
        "seeds": .array(try results.map(row)), "summary_over_seeds": .object(summary),
        "chains": .array(try opponents.map { try ConfigEncoder().encode($0) }),
        "chains_that_are_nearer": .array(nearer.map(\.description)),
        "provenance": provenance,
      ]
    }
  }

  private func row(_ result: SeedResult) throws -> JSONValue {
    let encoder = ConfigEncoder()
    let figures = try columns.compactMap { name in
      try result[name].map { (name.rawValue, try encoder.encode($0)) }
    }
    return [
      "seed": try encoder.encode(result.seed),
      "folder": .string(reproduction.folder(of: result.seed)),
      "figures": .object(JSONObject(figures)),
      "missed_wells": missedWells(result).map { JSONValue($0.count) } ?? .null,
      "steps": .integer(Int64(result.evaluation.step)),
      "learned_log_z": result.logZ.map { JSONValue($0) } ?? .null,
      "parameter_count": .integer(Int64(result.parameterCount)),
      "evaluation_seconds": JSONValue(result.evaluationSeconds),
      "threads": .integer(Int64(result.threads)),
      "checksum": .string(result.evaluation.checksum),
      "parameters": .string(result.evaluation.parameters),
    ]
  }

  private var summary: JSONObject {
    JSONObject(
      columns.compactMap { name in
        guard let mean = results.mean(name) else { return nil }
        let deviation = results.standardDeviation(name).map { JSONValue($0) } ?? .null
        return (
          name.rawValue, ["mean": JSONValue(mean.value), "standard_deviation": deviation]
        )
      })
  }
}
