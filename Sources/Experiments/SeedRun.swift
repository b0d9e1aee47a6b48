import Kernels
import Samplers
import Storage
import Training

/// The run of one seed of an experiment, with the time it has taken in all.
public final class SeedRun {
  /// The run.
  public let run: Run

  private let settings: PresetSettings
  private let pathOfTime: String
  private let pathOfResult: String
  private let threads: Int
  private let clock = ContinuousClock()
  private var seconds = 0.0

  init(
    _ run: Run, _ settings: PresetSettings, pathOfTime: String, pathOfResult: String, threads: Int
  ) throws {
    self.run = run
    self.settings = settings
    self.pathOfTime = pathOfTime
    self.pathOfResult = pathOfResult
    self.threads = threads
    if run.stepsDone > 0, fileExists(pathOfTime) {
      let text = String(decoding: try readFile(pathOfTime), as: UTF8.self)
      seconds = (try? JSONValue(parsing: text))?["seconds"]?.double ?? 0
    }
  }

  /// Trains to the end; stopped, a later call goes on.
  public func train(_ listener: TrainingListener? = nil) throws {
    let (begin, earlier) = (clock.now, seconds)
    func keepTime() throws {
      seconds = earlier + (clock.now - begin) / Duration.seconds(1)
      let tree: JSONValue = ["seconds": JSONValue(seconds)]
      try writeAtomically(tree.compact + "\n", to: pathOfTime)
    }
    do {
      try run.train(CheckpointListener(listener, atCheckpoint: keepTime))
    } catch {
      // What stopped the training matters more than the time it took.
      try? keepTime()
      throw error
    }
  }

  /// Judges the trained run and writes the result.
  public func evaluate(poll: () throws -> Void = {}) throws -> SeedResult {
    let begin = clock.now
    let encoder = ConfigEncoder()
    let evaluation = try run.evaluate(
      overrides: encoder.encode(settings.evaluation), poll: poll)
    let result = SeedResult(
      seed: run.config.seed, settings: try encoder.encode(settings), evaluation: evaluation,
      logZ: run.history.last?.logZ, parameterCount: run.parameterCount,
      energyCalls: run.energyCalls, gradientCalls: run.gradientCalls,
      trainingSeconds: seconds, evaluationSeconds: (clock.now - begin) / Duration.seconds(1),
      threads: threads)
    try writeAtomically(encoder.encode(result).pretty + "\n", to: pathOfResult)
    return result
  }
}

/// Passes everything on, and does something of its own at each checkpoint.
private final class CheckpointListener: TrainingListener {
  private let listener: TrainingListener?
  private let atCheckpoint: () throws -> Void

  init(_ listener: TrainingListener?, atCheckpoint: @escaping () throws -> Void) {
    self.listener = listener
    self.atCheckpoint = atCheckpoint
  }

  func receive(_ event: TrainingEvent) throws {
    if case .checkpoint = event { try atCheckpoint() }
    try listener?.receive(event)
  }

  func poll() throws { try listener?.poll() }
}
