import Densities
import Reports
import Samplers
import Training

/// What to say of a run that has been trained, and what to do next.
struct TrainingSummary {
  private let run: Run
  private let firstStep: Int
  private let seconds: Double

  init(_ run: Run, from firstStep: Int, seconds: Double) {
    self.run = run
    self.firstStep = firstStep
    self.seconds = seconds
  }

  func print() throws {
    let terminal = Terminal.output
    try printLine(terminal.bold(headline))
    for line in table.lines() { try printLine("  " + line) }
    guard let folder = run.folder else { return }
    let path = quoted(folder.path)
    try printLine()
    try printLine("Next:")
    try printLine("  \(program) evaluate \(path)")
    try printLine("  \(program) sample \(path) -n 10000 --out draws.npy")
  }

  private var headline: String {
    let done = run.stepsDone - firstStep
    let subject = "\(run.density.name) by \(run.config.objective)"
    guard done > 0 else {
      return "Nothing to do: \(subject) has had its \(counted(run.stepsDone, "step"))."
    }
    let total = firstStep > 0 ? ", \(grouped(run.stepsDone)) in all" : ""
    return "Trained \(subject): \(counted(done, "step"))\(total), in \(duration(seconds))."
  }

  private var table: Table {
    var table = Table([.left, .left])
    if let report = run.history.last {
      let truth = run.knownLogNormalizer
      let comparison = truth.map { "  (truth \(figure($0)))" } ?? ""
      table.append("learned log Z", figure(report.logZ) + comparison)
      table.append("ELBO, last batch", figure(report.elbo))
      table.append("loss, last batch", figure(report.loss))
    }
    table.append("energy calls", grouped(run.energyCalls))
    table.append("gradient calls", grouped(run.gradientCalls))
    if let rejected = run.history.last?.rejected, rejected > 0 {
      table.append("paths set aside", grouped(rejected))
    }
    table.append("checksum", run.checksum)
    table.append("saved in", run.folder?.path ?? "nowhere; --out keeps a run")
    return table
  }
}
