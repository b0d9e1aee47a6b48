// Compares the derivatives of an objective, `row`, with differences of its loss.
import Catalogs
import Objectives
import Storage

var record = PathRecord(paths: 3, steps: 2)
for i in 0..<6 {
  (record.logForward[i], record.logBackward[i]) = (Double(i) - 2, 1 / Double(i + 1))
}
for i in 0..<3 { record.logDensity[i] = Double(i * i) - 3 }
// Residuals of 0.5, 2.05 and 1.25: on both sides of the default threshold of 1, and none at this kink.
let logZ = -0.25
let objective = try row.make(.object(JSONObject()))

func loss(_ record: PathRecord, _ logZ: Double) -> (Double, PathAdjoints) {
  var adjoints = PathAdjoints(for: record)
  return (objective.evaluate(record, logZ: logZ, adjoints: &adjoints), adjoints)
}

func check(
  _ derivative: Double, _ name: String, _ move: (inout PathRecord, inout Double, Double) -> Void
) {
  func moved(_ h: Double) -> Double {
    var (record, logZ) = (record, logZ)
    move(&record, &logZ, h)
    return loss(record, logZ).0
  }
  let slope = (moved(1e-6) - moved(-1e-6)) / 2e-6
  guard abs(slope - derivative) < 1e-9 else { fatalError("\(name): \(slope), not \(derivative)") }
}

let adjoints = loss(record, logZ).1
check(adjoints.logZ, "log Z") { _, logZ, h in logZ += h }
for i in 0..<6 {
  check(adjoints.logForward[i], "log P_F") { record, _, h in record.logForward[i] += h }
  check(adjoints.logBackward[i], "log P_B") { record, _, h in record.logBackward[i] += h }
}
print("derivatives agree")
