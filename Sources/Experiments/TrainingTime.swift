import Samplers
import Storage
import Training

/// The time that a run's training has taken in all, kept in a file beside it.
final class TrainingTime {
  /// Seconds so far.
  private(set) var seconds = 0.0
  private let path: String
  private let clock = ContinuousClock()

  /// The time of a run in a folder; that of the file, where the run goes on.
  init(of run: Run, in folder: String) throws {
    path = folder + "/time.json"
    if run.stepsDone > 0, fileExists(path) {
      let text = String(decoding: try readFile(path), as: UTF8.self)
      seconds = (try? JSONValue(parsing: text))?["seconds"]?.double ?? 0
    }
  }

  /// Trains to the end; stopped, a later call goes on.
  func train(_ run: Run, _ listener: TrainingListener?) throws {
    let (begin, earlier) = (clock.now, seconds)
    func keep() throws {
      seconds = earlier + (clock.now - begin) / Duration.seconds(1)
      let tree: JSONValue = ["seconds": JSONValue(seconds)]
      try writeAtomically(tree.compact + "\n", to: path)
    }
    do {
      try run.train(CheckpointListener(listener, atCheckpoint: keep))
    } catch {
      // What stopped the training matters more than the time it took.
      try? keep()
      throw error
    }
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
