import Experiments
import Kernels
import Reports
import Storage
import Training

extension Reproduce {
  /// Makes a study: several methods on one problem, in one table.
  func make(_ study: Study) throws {
    guard settings.isEmpty || study.takesSettings else {
      throw UsageError("\(study.name) has no --set", help: "tightrope reproduce --help")
    }
    let pool = threading.pool()
    Interruption.becomeRequests()
    let folder = out ?? "runs/reproduce/\(study.name)-\(preset.rawValue)"
    let begin = ContinuousClock.now
    do {
      let report = try tables(study, folder, pool)
      if json { try printDocument(report.json) } else { try report.print(folder: folder) }
      if !quiet { tell("in \(duration(seconds(ContinuousClock.now - begin)))") }
    } catch let stopped as Stopped {
      tell("stopped; nothing is lost. To go on:")
      tell("  " + CommandLine.arguments.map(quoted).joined(separator: " "))
      throw stopped
    }
  }

  /// The table of each seed, in a folder of its own where there are several, and that of all, in `folder`.
  private func tables(
    _ study: Study, _ folder: String, _ pool: ThreadPool
  ) throws -> StudyReport {
    let isQuiet = quiet
    var tables: [StudyTable] = []
    func report(_ table: StudyTable) -> StudyReport {
      StudyReport(study: study, preset: preset, table: table, provenance: provenanceReport(pool))
    }
    for seed in seed..<seed + UInt64(seeds) {
      let own = seeds == 1 ? folder : "\(folder)/seed-\(seed)"
      let desk = StudyDesk(
        preset, folder: own, seed: seed, pool: pool,
        settings: try JSONValue(settings: settings),
        listen: { TrainingProgress($0, isQuiet: isQuiet) },
        tell: { if !isQuiet { tell($0) } }, poll: Interruption.check)
      tables.append(try naming(settings.isEmpty ? nil : "--set") { try study(desk) })
      if seeds > 1 { try report(tables[tables.count - 1]).write(to: own) }
    }
    let all = report(StudyTable(meanOf: tables))
    try all.write(to: folder)
    return all
  }
}
