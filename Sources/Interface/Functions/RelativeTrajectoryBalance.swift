import Catalogs
import Objectives
import Samplers
import Storage

/// Relative trajectory balance of paths of a posterior under a prior.
///
///     L = mean over paths of ½ (log Z + Σ log q - Σ log p - β log r(x_T))²
///
/// Trajectory balance with the prior's log-probabilities in the place of those of the way back. The prior is
/// frozen, so there is no gradient by log p. A mask says which steps carry gradient; of a path with n of T
/// steps they count T / n times, and residuals have all steps.
let relativeTrajectoryBalanceFunction = NamedFunction(
  name: "objectives.relative-trajectory-balance",
  summary: "Mean squared violation of q Z = p r^beta over whole paths of a posterior.",
  inputs: ["log_q [B, T]", "log_p [B, T]", "log_reward [B]", "log_z [B]", "mask [B, T]"],
  outputs: ["loss []", "d_log_q [B, T]", "d_log_z [B]"], references: PriorConfig.references,
  defaults: ["inverse_temperature": 1.0, "hinge": 0.0, "log_variance": false, "group_size": 0]
) { inputs, outputs, config in
  let paths = try relativeRecord(inputs, config)
  let objective = try relativeObjective(config)
  var adjoints = PathAdjoints(for: paths.record)
  try outputs[0].write(objective.evaluate(paths.record, logZ: 0, adjoints: &adjoints))
  let steps = paths.record.steps
  var byLogQ = [Double](repeating: 0, count: paths.record.paths * steps)
  for path in 0..<paths.record.paths {
    let chosen = paths.mask[path * steps..<(path + 1) * steps].count { $0 != 0 }
    let factor = Double(steps) / Double(max(1, chosen))
    for step in 0..<steps where paths.mask[path * steps + step] != 0 {
      byLogQ[path * steps + step] =
        factor * adjoints.logForward[step * paths.record.paths + path]
    }
  }
  try outputs[1].write(byLogQ, shape: [paths.record.paths, steps])
  try outputs[2].write(adjoints.logZOffset, shape: [paths.record.paths])
}

/// The paths, each with a log Z of its own, and the mask.
private func relativeRecord(
  _ inputs: [InputArray], _ config: JSONValue
) throws -> (record: PathRecord, mask: [Double]) {
  try inputs[0].requireRank(2)
  let (paths, steps) = (inputs[0].shape[0], inputs[0].shape[1])
  guard paths > 0 else { throw ArgumentError("\(inputs[0].name) holds no path") }
  try inputs[1].requireShape([paths, steps])
  try inputs[2].requireShape([paths])
  try inputs[3].requireShape([paths])
  try inputs[4].requireShape([paths, steps])
  for input in inputs { try input.requireFinite() }
  let beta = config["inverse_temperature"]?.double ?? .nan
  guard beta >= 0, beta.isFinite else {
    throw ConfigError.invalid(
      path: "inverse_temperature", reason: "it must be finite and not negative")
  }
  var record = PathRecord(paths: paths, steps: steps)
  for path in 0..<paths {
    for step in 0..<steps {
      record.logForward[step * paths + path] = inputs[0].values[path * steps + step]
      record.logBackward[step * paths + path] = inputs[1].values[path * steps + step]
    }
  }
  record.logDensity = inputs[2].values.map { beta * $0 }
  record.logZOffset = inputs[3].values
  return (record, inputs[4].values)
}

private func relativeObjective(_ config: JSONValue) throws -> any PathObjective {
  let hinge = config["hinge"]?.double ?? .nan
  guard hinge >= 0, hinge.isFinite else {
    throw ConfigError.invalid(path: "hinge", reason: "it must be finite and not negative")
  }
  guard config["log_variance"] == true else { return TrajectoryBalance(hinge: hinge) }
  var settings = LogVarianceConfig()
  settings.groupSize = Int(config["group_size"]?.double ?? 0)
  return try LogVariance(settings).hinged(at: hinge)
}
