import Catalogs
import Objectives
import Storage

/// An objective as a function of log-probabilities, with its gradient.
func objectiveFunction(_ entry: Catalog<any PathObjective>.Entry) -> NamedFunction {
  NamedFunction(
    name: "objectives." + entry.name, summary: entry.summary,
    inputs: ["log_pf [B, T]", "log_pb [B, T]", "log_reward [B]", "log_z []"],
    outputs: ["loss []", "d_log_pf [B, T]", "d_log_pb [B, T]", "d_log_z []"],
    references: entry.references
  ) { inputs, outputs in
    let objective = try entry.make(.object(JSONObject()))
    let record = try pathRecord(inputs)
    var adjoints = PathAdjoints(for: record)
    let logZ = inputs[3].values[0]
    try outputs[0].write(objective.evaluate(record, logZ: logZ, adjoints: &adjoints))
    let shape = [record.paths, record.steps]
    try outputs[1].write(transposed(adjoints.logForward, record.steps, record.paths), shape: shape)
    try outputs[2].write(transposed(adjoints.logBackward, record.steps, record.paths), shape: shape)
    try outputs[3].write(adjoints.logZ)
  }
}

private func pathRecord(_ inputs: [InputArray]) throws -> PathRecord {
  try inputs[0].requireRank(2)
  let (paths, steps) = (inputs[0].shape[0], inputs[0].shape[1])
  guard paths > 0 else { throw ArgumentError("\(inputs[0].name) holds no path") }
  try inputs[1].requireShape([paths, steps])
  try inputs[2].requireShape([paths])
  try inputs[3].requireShape([])
  for input in inputs { try input.requireFinite() }
  var record = PathRecord(paths: paths, steps: steps)
  record.logForward = transposed(inputs[0].values, paths, steps)
  record.logBackward = transposed(inputs[1].values, paths, steps)
  record.logDensity = inputs[2].values
  return record
}

/// A [rows, columns] matrix as [columns, rows].
private func transposed(_ x: [Double], _ rows: Int, _ columns: Int) -> [Double] {
  (0..<columns).flatMap { j in (0..<rows).map { x[$0 * columns + j] } }
}
