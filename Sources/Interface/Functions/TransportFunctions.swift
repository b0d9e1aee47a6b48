import Kernels
import Metrics
import Storage

/// The distances between two samples.
let transportFunctions = [
  pairFunction(
    "wasserstein-1", "The exact 1-Wasserstein distance between two sets of n points.",
    outputs: ["value []"]
  ) { x, y, outputs, _ in
    try outputs[0].write(wasserstein1(x.points, y.points, dimension: x.shape[1]))
  },
  pairFunction(
    "wasserstein-2", "The exact 2-Wasserstein distance between two sets of n points.",
    outputs: ["value []"]
  ) { x, y, outputs, _ in
    try outputs[0].write(wasserstein2(x.points, y.points, dimension: x.shape[1]))
  },
  pairFunction(
    "transport", "The exact Wasserstein distance of a power between two sets of n points.",
    outputs: ["estimate [3]"], defaults: ["power": 2]
  ) { x, y, outputs, config in
    let power = try transportPower(config)
    let estimate = transport(x.points, y.points, dimension: x.shape[1], power)
    try outputs[0].write(power == .one ? estimate : estimate.root, of: [x, y])
  },
  lineFunction("line-wasserstein-1", "W1 between two sets of numbers.") {
    lineTransport($0, $1, .one)
  },
  lineFunction("energy-wasserstein-2", "W2 between two sets of numbers, such as energies.") {
    energyTransport($0, $1).root
  },
  lineFunction(
    "energy-wasserstein-2-squared", "W2 between two sets of numbers without the root, as in iDEM."
  ) { energyTransport($0, $1) },
  slicedFunction, sinkhornFunction, discrepancyFunction, distanceVerdictFunction,
]

private let distanceVerdictFunction = NamedFunction(
  name: "metrics.distance-verdict",
  summary: "What a distance of samples is worth beside those of pairs of exact samples.",
  inputs: ["estimate [3]", "floors [f]"], outputs: ["estimate [3]"], defaults: ["count": 1]
) { inputs, outputs, config in
  try inputs[0].requireShape([3])
  try inputs[1].requireRank(1)
  try inputs[1].requireElements()
  try inputs[1].requireFinite()
  let count = try wholeNumber(config, "count", in: 1...Int.max)
  let (value, low, high) = (inputs[0].values[0], inputs[0].values[1], inputs[0].values[2])
  let distance = DistanceEstimate(value: value, interval: low <= high ? low...high : nil)
  try outputs[0].write(inputs[0].values, shape: [3])
  remark(distance.metric("distance", count: count, floors: inputs[1].values))
}

private let slicedFunction = NamedFunction(
  name: "metrics.sliced-wasserstein-2",
  summary: "The root mean W2² of projections onto random directions.",
  inputs: ["x [n, d]", "y [m, d]"], outputs: ["estimate [3]"],
  defaults: ["directions": 128, "seed": 0]
) { inputs, outputs, config in
  try requirePair(inputs, limit: 1_000_000)
  let directions = try wholeNumber(config, "directions", in: 1...10_000)
  let seed = try wholeNumber(config, "seed", in: 0...Int.max)
  let slices = SlicedTransport(
    dimension: inputs[0].shape[1], directions: directions, RandomStream(seed: UInt64(seed)))
  try outputs[0].write(slices.squared(inputs[0].points, inputs[1].points).root, of: inputs)
}

private let sinkhornFunction = NamedFunction(
  name: "metrics.sinkhorn-divergence",
  summary: "Debiased entropic transport; epsilon 0 stands for 5% of the mean squared distance.",
  inputs: ["x [n, d]", "y [m, d]"], outputs: ["estimate [3]", "epsilon []"],
  defaults: ["epsilon": 0.0, "tolerance": 1e-4, "iterations": 5000]
) { inputs, outputs, config in
  try requirePair(inputs, limit: Sinkhorn.limit)
  let (x, y, d) = (inputs[0].points, inputs[1].points, inputs[0].shape[1])
  let given = try nonNegative(config, "epsilon")
  let epsilon = given > 0 ? given : 0.05 * meanSquaredDistance(x, y, dimension: d)
  guard epsilon > 0 else {
    // All points of both samples are one.
    try outputs[0].write(DistanceEstimate(value: 0, interval: 0...0), of: inputs)
    return try outputs[1].write(0)
  }
  var solver = Sinkhorn(epsilon: epsilon)
  solver.tolerance = try nonNegative(config, "tolerance")
  solver.iterationLimit = try wholeNumber(config, "iterations", in: 1...1_000_000)
  let solution = solver.divergence(x, y, dimension: d)
  guard solution.isConverged else {
    throw ConfigError.invalid(
      path: "iterations",
      reason: "\(solver.iterationLimit) did not reach the tolerance; take more, or a larger epsilon"
    )
  }
  try outputs[0].write(solution.divergence, of: inputs)
  try outputs[1].write(epsilon)
}

private let discrepancyFunction = NamedFunction(
  name: "metrics.maximum-mean-discrepancy",
  summary: "Unbiased MMD² of Gaussian kernels; width 0 stands for the median distance of y.",
  inputs: ["x [n, d]", "y [m, d]"], outputs: ["estimate [3]", "width []"],
  defaults: ["width": 0.0, "doublings": 2]
) { inputs, outputs, config in
  try requirePair(inputs, least: 2, limit: MaximumMeanDiscrepancy.limit)
  let (x, y, d) = (inputs[0].points, inputs[1].points, inputs[0].shape[1])
  let width = try nonNegative(config, "width")
  let doublings = try wholeNumber(config, "doublings", in: 0...10)
  let discrepancy =
    width > 0
    ? MaximumMeanDiscrepancy(width: width, dimension: d, doublings: doublings)
    : MaximumMeanDiscrepancy(reference: y, dimension: d, doublings: doublings)
  try outputs[0].write(
    discrepancy.squared(x, y).discrepancyMetric(count: inputs.pointCount, floors: []))
  try outputs[1].write(discrepancy.widths[doublings])
}

private func transportPower(_ config: JSONValue) throws -> TransportPower {
  guard let power = TransportPower(rawValue: try wholeNumber(config, "power", in: 1...2)) else {
    return .two
  }
  return power
}

private func nonNegative(_ config: JSONValue, _ key: String) throws -> Double {
  guard let value = config[key]?.double, value >= 0, value.isFinite else {
    throw ConfigError.invalid(path: key, reason: "it must be finite and not negative")
  }
  return value
}

private func requirePair(_ inputs: [InputArray], least: Int = 1, limit: Int) throws {
  for input in inputs { try input.requirePoints(rank: 2, least: least, limit: limit) }
  try inputs[1].requireRows(like: inputs[0])
}

/// A function of two sets of n points each.
private func pairFunction(
  _ name: String, _ summary: String, outputs: [String], defaults: JSONValue = .object(JSONObject()),
  _ body:
    @escaping @Sendable (InputArray, InputArray, [OutputArray], JSONValue) throws -> Void
) -> NamedFunction {
  NamedFunction(
    name: "metrics." + name, summary: summary, inputs: ["x [n, d]", "y [n, d]"],
    outputs: outputs, defaults: defaults
  ) { inputs, outputs, config in
    try inputs[0].requirePoints(rank: 2, limit: exactTransportLimit)
    try inputs[1].requireShape(inputs[0].shape)
    try inputs[1].requirePoints(rank: 2)
    try body(inputs[0], inputs[1], outputs, config)
  }
}

/// A function of two sets of numbers.
private func lineFunction(
  _ name: String, _ summary: String,
  _ distance: @escaping @Sendable ([Double], [Double]) -> DistanceEstimate
) -> NamedFunction {
  NamedFunction(
    name: "metrics." + name, summary: summary, inputs: ["x [n]", "y [m]"],
    outputs: ["estimate [3]"]
  ) { inputs, outputs, _ in
    for input in inputs {
      try input.requireRank(1)
      try input.requireElements()
      try input.requireFinite()
    }
    try outputs[0].write(distance(inputs[0].values, inputs[1].values), of: inputs)
  }
}
