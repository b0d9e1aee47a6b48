import Kernels
import Metrics
import Storage

/// What judges chains, weighted means and calibration.
let chainFunctions = [
  chainDiagnosticsFunction, importanceExpectationFunction, calibrationRanksFunction,
  distanceRanksFunction, uniformityFunction,
]

private let chainDiagnosticsFunction = NamedFunction(
  name: "metrics.chain-diagnostics",
  summary: "Rank-normalised split R-hat, bulk and tail effective sample size, mean and its error.",
  inputs: ["x [chains, draws, d]"],
  outputs: ["r_hat [d]", "bulk_ess [d]", "tail_ess [d]", "mean [d]", "standard_error [d]"],
  references: metricFamily.members.first { $0.name == "r-hat" }?.references ?? []
) { inputs, outputs, _ in
  try inputs[0].requireRank(3)
  try inputs[0].requireElements()
  let shape = inputs[0].shape
  let judged = ChainDiagnostics(inputs[0].values, chains: shape[0], dimension: shape[2])
  let columns = [
    judged.rHat, judged.bulkSize, judged.tailSize, judged.mean, judged.standardError,
  ]
  for (output, column) in zip(outputs, columns) { try output.write(column, shape: [shape[2]]) }
}

private let importanceExpectationFunction = NamedFunction(
  name: "metrics.expectation",
  summary:
    "Means under a density by Pareto-smoothed importance sampling, with errors and Pareto k.",
  inputs: ["log_weights [n]", "functions [n, f]"],
  outputs: ["value [f]", "standard_error [f]", "pareto_k []"],
  references: importanceReferences
) { inputs, outputs, _ in
  try inputs[0].requireRank(1)
  try inputs[1].requireRank(2)
  for input in inputs { try input.requireElements() }
  try inputs[1].requireShape([inputs[0].shape[0], inputs[1].shape[1]])
  try inputs[1].requireFinite()
  let count = inputs[1].shape[1]
  let result = ImportanceExpectation(inputs[0].values, of: inputs[1].values, count: count)
  try outputs[0].write(result.values, shape: [count])
  try outputs[1].write(result.standardErrors, shape: [count])
  try outputs[2].write(result.shape)
}

private let calibrationRanksFunction = NamedFunction(
  name: "calibration.ranks",
  summary: "Ranks of truths among draws from their posteriors, each coordinate by itself.",
  inputs: ["truths [s, d]", "draws [s, l, d]"], outputs: ["ranks [s, d]"],
  references: calibrationReferences
) { inputs, outputs, _ in
  try requireCalibration(inputs)
  let ranks = calibrationRanks(
    inputs[0].values, inputs[1].values, dimension: inputs[0].shape[1])
  try outputs[0].write(ranks.map(Double.init), shape: inputs[0].shape)
}

private let distanceRanksFunction = NamedFunction(
  name: "calibration.distance-ranks",
  summary: "Ranks of truths among draws by their distance to random points (TARP).",
  inputs: ["truths [s, d]", "draws [s, l, d]"], outputs: ["ranks [s]"],
  references: calibrationReferences, defaults: ["seed": 0]
) { inputs, outputs, config in
  try requireCalibration(inputs)
  guard inputs[0].shape[0] > 1 else { throw ArgumentError("truths must be two at least") }
  let seed = UInt64(bitPattern: config["seed"]?.integer ?? 0)
  let ranks = distanceRanks(
    inputs[0].values, inputs[1].values, dimension: inputs[0].shape[1],
    RandomStream(seed: seed).folding(.resampling))
  try outputs[0].write(ranks.map(Double.init), shape: [inputs[0].shape[0]])
}

private let uniformityFunction = NamedFunction(
  name: "calibration.uniformity",
  summary: "Whether ranks among l draws are uniform: probability, distribution function, 95% band.",
  inputs: ["ranks [s]"],
  outputs: ["probability []", "curve [l]", "lower [l]", "upper [l]"],
  references: calibrationReferences
) { inputs, outputs, _ in
  try inputs[0].requireRank(1)
  try inputs[0].requireElements()
  let draws = outputs[1].shape.first ?? 0
  guard draws > 0, inputs[0].values.allSatisfy({ $0 >= 0 && $0 <= Double(draws) }) else {
    throw ArgumentError("ranks must be from 0 to the number of draws, \(draws)")
  }
  let ranks = inputs[0].values.map { Int($0) }
  let band = UniformityBand(
    count: ranks.count, draws: draws, RandomStream(seed: 0).folding(.bootstrap))
  try outputs[0].write(band.probability(of: ranks))
  try outputs[1].write(band.curve(of: ranks), shape: [draws])
  try outputs[2].write(band.lower, shape: [draws])
  try outputs[3].write(band.upper, shape: [draws])
}

/// Refuses truths and draws that do not go together.
private func requireCalibration(_ inputs: [InputArray]) throws {
  try inputs[0].requireRank(2)
  try inputs[1].requireRank(3)
  for input in inputs {
    try input.requireElements()
    try input.requireFinite()
  }
  let (truths, draws) = (inputs[0].shape, inputs[1].shape)
  guard truths[0] == draws[0], truths[1] == draws[2] else {
    throw ArgumentError("draws must be [s, l, d] for truths [s, d], not \(draws) for \(truths)")
  }
}
