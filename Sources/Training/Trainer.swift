/// Something that learns step by step.
public protocol Trainable: AnyObject {
  /// Steps done.
  var stepsDone: Int { get }

  /// Does one step: a batch, a loss, an update. An error leaves the state before the step.
  func trainStep(_ poll: () throws -> Void) throws -> StepReport

  /// Called after each step of the cadence, before the event.
  func record(_ report: StepReport) throws

  /// Writes a checkpoint and says where, or nil where none is kept.
  func checkpoint() throws -> String?
}

/// When the loop reports and saves.
public struct TrainerCadence: Sendable {
  /// Steps from one report to the next.
  public var report: Int
  /// Steps from one checkpoint to the next.
  public var checkpoint: Int

  /// Sets both.
  public init(report: Int, checkpoint: Int) {
    self.report = max(1, report)
    self.checkpoint = max(1, checkpoint)
  }
}

/// Training ended early, and its state could not be saved either.
public struct UnsavedError: Error, CustomStringConvertible {
  /// Why training ended.
  public let cause: any Error
  /// Why saving failed.
  public let failure: any Error

  /// Both in one sentence.
  public var description: String { "\(cause); and no checkpoint could be written: \(failure)" }
}

/// The one training loop: step, report, save, until done or stopped.
///
/// However it ends, a checkpoint of the last whole step is written.
public func train(
  _ model: some Trainable, steps: Int, cadence: TrainerCadence, listener: TrainingListener?
) throws {
  try listener?.receive(.started(from: model.stepsDone, to: steps))
  do {
    while model.stepsDone < steps {
      let report = try model.trainStep { try listener?.poll() }
      try tell(report, steps: steps, cadence, model, listener)
    }
  } catch {
    try keep(model, after: error)
    throw error
  }
  try save(model, listener)
  try listener?.receive(.finished(step: model.stepsDone))
}

private func tell(
  _ report: StepReport, steps: Int, _ cadence: TrainerCadence, _ model: some Trainable,
  _ listener: TrainingListener?
) throws {
  if report.step % cadence.report == 0 || report.step == steps {
    try model.record(report)
    try listener?.receive(.step(report))
  }
  if report.step % cadence.checkpoint == 0 && report.step < steps { try save(model, listener) }
}

/// Writes a checkpoint on the way out; a failure of that is told together with what came before.
private func keep(_ model: some Trainable, after error: any Error) throws {
  do {
    _ = try model.checkpoint()
  } catch let failure {
    throw UnsavedError(cause: error, failure: failure)
  }
}

private func save(_ model: some Trainable, _ listener: TrainingListener?) throws {
  guard let path = try model.checkpoint() else { return }
  try listener?.receive(.checkpoint(step: model.stepsDone, path: path))
}
