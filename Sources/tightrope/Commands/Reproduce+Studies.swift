import Experiments
import Kernels
import Reports
import Storage
import Training

extension Reproduce {
  /// Makes a study: several methods on one problem, in one table.
  func make(_ study: Study) throws {
    guard seeds == 1, settings.isEmpty || study.takesSettings else {
      throw UsageError(
        "\(study.name) has neither --set nor --seeds", help: "tightrope reproduce --help")
    }
    let pool = threading.pool()
    Interruption.becomeRequests()
    let folder = out ?? "runs/reproduce/\(study.name)-\(preset.rawValue)"
    let (isQuiet, begin) = (quiet, ContinuousClock.now)
    let desk = StudyDesk(
      preset, folder: folder, seed: seed, pool: pool, settings: try JSONValue(settings: settings),
      listen: { TrainingProgress($0, isQuiet: isQuiet) },
      tell: { if !isQuiet { tell($0) } })
    do {
      let table = try naming(settings.isEmpty ? nil : "--set") { try study(desk) }
      let report = StudyReport(
        study: study, preset: preset, table: table, provenance: provenanceReport(pool))
      try report.write(to: folder)
      if json { try printDocument(report.json) } else { try report.print(folder: folder) }
      if !quiet { tell("in \(duration(seconds(ContinuousClock.now - begin)))") }
    } catch let stopped as Stopped {
      tell("stopped; nothing is lost. To go on:")
      tell("  " + CommandLine.arguments.map(quoted).joined(separator: " "))
      throw stopped
    }
  }
}
