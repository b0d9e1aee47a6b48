import Kernels
import Samplers
import Storage
import Training

/// The run of one seed of an experiment, with the time it has taken in all.
public final class SeedRun {
  /// The run.
  public let run: Run

  private let settings: PresetSettings
  private let pathOfResult: String
  private let threads: Int
  private let time: TrainingTime

  init(_ run: Run, _ settings: PresetSettings, pathOfResult: String, threads: Int) throws {
    self.run = run
    self.settings = settings
    self.pathOfResult = pathOfResult
    self.threads = threads
    time = try TrainingTime(of: run, in: run.config.out)
  }

  /// Trains to the end; stopped, a later call goes on.
  public func train(_ listener: TrainingListener? = nil) throws {
    try time.train(run, listener)
  }

  /// Judges the trained run and writes the result.
  public func evaluate(poll: () throws -> Void = {}) throws -> SeedResult {
    let clock = ContinuousClock()
    let begin = clock.now
    let encoder = ConfigEncoder()
    let evaluation = try run.evaluate(
      overrides: encoder.encode(settings.evaluation), poll: poll)
    let result = SeedResult(
      seed: run.config.seed, settings: try encoder.encode(settings), evaluation: evaluation,
      logZ: run.history.last?.logZ, parameterCount: run.parameterCount,
      energyCalls: run.energyCalls, gradientCalls: run.gradientCalls,
      trainingSeconds: time.seconds, evaluationSeconds: (clock.now - begin) / Duration.seconds(1),
      threads: threads)
    try writeAtomically(encoder.encode(result).pretty + "\n", to: pathOfResult)
    return result
  }
}
