import Densities
import Storage
import Training

extension RunFolder {
  /// The file on the last failure of numbers.
  public var failure: String { path + "/failure.json" }

  /// Writes what went wrong, where, at which point, and the command that does it again.
  func note(_ error: NumericalError, after step: Int, _ density: NamedDensity) throws {
    let point = error.point.map { JSONValue.array($0.map { JSONValue(Double($0)) }) }
    let tree: JSONValue = [
      "error": .string(error.description), "quantity": .string(error.quantity),
      "place": .string(error.place), "steps_done": .integer(Int64(step)), "point": point ?? .null,
      "replay": density.name == NamedDensity.customName ? .null : .string(replay),
    ]
    try writeAtomically(tree.pretty + "\n", to: failure)
  }

  /// What to type to see the failure again: the checkpoint is that before the step that failed.
  private var replay: String {
    let quoted = path.split(separator: "'", omittingEmptySubsequences: false)
    return "tightrope train --resume --out '\(quoted.joined(separator: "'\\''"))'"
  }
}
