import Densities
import Kernels
@testable import Samplers
import Storage
import TestSupport
import Training

/// Settings with which a training step takes milliseconds: 70 paths are three blocks of rows, the
/// last one short.
func smallRun(
  _ density: NamedDensity? = nil, _ changes: JSONValue = [:], threads: Int = 2
) throws -> Run {
  let settings: JSONValue = [
    "steps": 12, "batch_size": 70, "report_every": 1, "seed": 3, "process": ["steps": 9],
    "network": ["width": 8],
  ]
  return try Run(
    density ?? NamedDensity("9gmm"), overrides: settings.replacing(changes),
    pool: ThreadPool(threads: threads))
}

extension JSONValue {
  /// The same table with other values for some of its keys.
  func replacing(_ changes: JSONValue) -> JSONValue {
    var table = object ?? JSONObject()
    for entry in changes.object?.entries ?? [] { table[entry.key] = entry.value }
    return .object(table)
  }
}

/// Stops training after a step, or in the middle of one.
final class Stop: TrainingListener {
  private let step: Int
  private let inside: Bool
  private var seen = 0
  private var polls = 0

  init(after step: Int) { (self.step, inside) = (step, false) }
  init(inside step: Int) { (self.step, inside) = (step, true) }

  func receive(_ event: TrainingEvent) throws {
    guard case .step(let report) = event else { return }
    seen = report.step
    if !inside && seen == step { throw Cancelled() }
  }

  func poll() throws {
    guard inside, seen == step - 1 else { return }
    polls += 1
    if polls == 2 { throw Cancelled() }
  }
}

/// A normal N(mean, 1) in each coordinate, with the score, as a function of the user's.
func normalFunction(dimension: Int, mean: Float) -> FunctionDensity {
  FunctionDensity(dimension: dimension) { x, out, _ in
    for row in 0..<x.count {
      out[row] = x[row].reduce(0) { $0 - 0.5 * ($1 - mean) * ($1 - mean) }
    }
  }
}

extension Run {
  /// The model of a run on paths.
  var model: PathModel {
    guard let trainer = trainer as? PathTrainer else { preconditionFailure("no run on paths") }
    return trainer.model
  }
}
