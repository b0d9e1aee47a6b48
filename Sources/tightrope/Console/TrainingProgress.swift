import Reports
import Samplers
import Training

/// Shows how training goes on standard error, and passes on requests to stop.
///
/// On a terminal one line is redrawn some times a second; elsewhere, in log files for example, a
/// line is added now and then.
final class TrainingProgress: TrainingListener {
  private let run: Run
  private let isQuiet: Bool
  private let terminal = Terminal.messages
  private let begin = ContinuousClock.now
  private var firstStep = 0
  private var lastReport: StepReport?
  private var pace = Pace()
  private var lineIsOpen = false

  init(_ run: Run, isQuiet: Bool) {
    self.run = run
    self.isQuiet = isQuiet
    lastReport = run.history.last
  }

  /// Time since training began.
  var elapsed: Double { seconds(ContinuousClock.now - begin) }

  func receive(_ event: TrainingEvent) {
    switch event {
    case .started(let from, _): firstStep = from
    case .step(let report):
      lastReport = report
      if terminal.isInteractive { redraw(report.step) } else { log(report.step) }
    case .checkpoint: break
    case .finished(let step):
      if terminal.isInteractive { redraw(step, atOnce: true) }
      close()
    }
  }

  func poll() throws {
    if terminal.isInteractive { redraw(run.stepsDone) }
    try Interruption.check()
  }

  /// Leaves the line that is redrawn, so that other text can follow.
  func close() {
    if lineIsOpen { show("\n") }
    lineIsOpen = false
  }

  private func redraw(_ step: Int, atOnce: Bool = false) {
    guard !isQuiet, atOnce || pace.isDue(every: .milliseconds(100)) else { return }
    let width = (terminal.width ?? 80) - 1
    let line = ProgressLine(step, of: run.config.steps, figures(step), width: width)
    show("\r" + line.text(terminal) + "\u{1B}[K")
    lineIsOpen = true
  }

  private func log(_ step: Int) {
    guard !isQuiet, step == run.config.steps || pace.isDue(every: .seconds(10)) else { return }
    let parts = ["step \(step)/\(run.config.steps)"] + figures(step).map(\.text)
    tell(parts.joined(separator: "  "))
  }

  /// What there is to say beside the step.
  private func figures(_ step: Int) -> [ProgressFigure] {
    var figures: [ProgressFigure] = []
    if let report = lastReport {
      figures.append(ProgressFigure("loss", report.loss, importance: 4))
      figures.append(ProgressFigure("log Z", report.logZ, importance: 3))
      figures.append(ProgressFigure("ELBO", report.elbo, importance: 2))
    }
    let done = Double(step - firstStep)
    guard done > 0 else { return figures }
    let rate = done / max(elapsed, 1e-9)
    figures.append(ProgressFigure(figure(rate) + " it/s", importance: 1))
    let rest = Double(run.config.steps - step) / rate
    let time = rest > 0 ? clock(rest) + " left" : clock(elapsed)
    figures.append(ProgressFigure(time, importance: 5))
    return figures
  }
}
