import Catalogs
import Objectives
import Storage

/// An objective as a function of log-probabilities, with its gradient.
///
/// After log P_F, log P_B and log ρ comes what the objective learns beside them: log Z, log flows, or
/// nothing. log Z is a number, or one for each path's condition: conditional trajectory balance.
func objectiveFunction(_ entry: Catalog<any PathObjective>.Entry) -> NamedFunction {
  let unknown = (try? entry.make(.object(JSONObject())))?.unknown ?? .nothing
  let argument: [String] =
    switch unknown {
    case .nothing: []
    case .logZ: ["log_z [] or [B]"]
    case .flow: ["log_flow [B, T]"]
    }
  return NamedFunction(
    name: "objectives." + entry.name, summary: entry.summary,
    inputs: ["log_pf [B, T]", "log_pb [B, T]", "log_reward [B]"] + argument,
    outputs: ["loss []", "d_log_pf [B, T]", "d_log_pb [B, T]"] + argument.map { "d_" + $0 },
    references: entry.references, defaults: entry.defaults
  ) { inputs, outputs, config in
    let objective = try entry.make(config)
    let record = try pathRecord(inputs, unknown)
    var adjoints = PathAdjoints(for: record)
    let logZ = unknown == .logZ && record.logZOffset.isEmpty ? inputs[3].values[0] : 0
    try outputs[0].write(objective.evaluate(record, logZ: logZ, adjoints: &adjoints))
    try write(adjoints.logForward, record, to: outputs[1])
    try write(adjoints.logBackward, record, to: outputs[2])
    switch unknown {
    case .nothing: break
    case .logZ where record.logZOffset.isEmpty: try outputs[3].write(adjoints.logZ)
    case .logZ: try outputs[3].write(adjoints.logZOffset, shape: [record.paths])
    case .flow: try write(adjoints.logFlow, record, to: outputs[3])
    }
  }
}

/// The inputs as a record, checked.
private func pathRecord(_ inputs: [InputArray], _ unknown: PathUnknown) throws -> PathRecord {
  try inputs[0].requireRank(2)
  let (paths, steps) = (inputs[0].shape[0], inputs[0].shape[1])
  guard paths > 0 else { throw ArgumentError("\(inputs[0].name) holds no path") }
  try inputs[1].requireShape([paths, steps])
  try inputs[2].requireShape([paths])
  let isConditional = unknown == .logZ && !inputs[3].shape.isEmpty
  switch unknown {
  case .nothing: break
  case .logZ: try inputs[3].requireShape(isConditional ? [paths] : [])
  case .flow: try inputs[3].requireShape([paths, steps])
  }
  for input in inputs { try input.requireFinite() }
  var record = PathRecord(paths: paths, steps: steps, hasFlow: unknown == .flow)
  record.logForward = transposed(inputs[0].values, paths, steps)
  record.logBackward = transposed(inputs[1].values, paths, steps)
  record.logDensity = inputs[2].values
  if isConditional { record.logZOffset = inputs[3].values }
  if unknown == .flow { record.logFlow = transposed(inputs[3].values, paths, steps) }
  return record
}

private func write(_ adjoints: [Double], _ record: PathRecord, to output: OutputArray) throws {
  try output.write(
    transposed(adjoints, record.steps, record.paths), shape: [record.paths, record.steps])
}

/// A [rows, columns] matrix as [columns, rows].
private func transposed(_ x: [Double], _ rows: Int, _ columns: Int) -> [Double] {
  (0..<columns).flatMap { j in (0..<rows).map { x[$0 * columns + j] } }
}
