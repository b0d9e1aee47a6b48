import Metrics
import Storage

/// The functions of importance log-weights and of counts.
let weightFunctions = [
  effectiveSampleSizeFunction, logNormalizerFunction,
  estimateFunction("elbo", "The mean of log-weights: a lower bound of log Z.", ["log_weights [n]"])
  {
    elbo($0[0], truth: nil)
  },
  estimateFunction(
    "evidence-gap", "EUBO - ELBO, from log-weights of paths forwards and from exact samples.",
    ["log_weights [n]", "exact_log_weights [m]"]
  ) { evidenceGap(forward: $0[0], backward: $0[1]) },
  estimateFunction(
    "forward-log-normalizer", "The log of the mean weight, with its interval.",
    ["log_weights [n]"]
  ) { logNormalizer($0[0], truth: nil) },
  estimateFunction(
    "reverse-log-normalizer", "Minus the log of the mean inverse weight of exact samples.",
    ["exact_log_weights [n]"]
  ) { reverseLogNormalizer($0[0], truth: nil) },
  estimateFunction(
    "effective-sample-share", "Kish's effective sample size over n, with its interval.",
    ["log_weights [n]"]
  ) { effectiveShare($0[0]) },
  paretoTailFunction, modeSharesFunction, modeEntropyFunction,
]

private let effectiveSampleSizeFunction = NamedFunction(
  name: "metrics.effective-sample-size",
  summary: "Kish's effective sample size of importance log-weights.",
  inputs: ["log_weights [n]"], outputs: ["value []"]
) { inputs, outputs, _ in
  try inputs[0].requireWeights()
  try outputs[0].write(effectiveSampleSize(inputs[0].values))
}

private let logNormalizerFunction = NamedFunction(
  name: "metrics.log-normalizer",
  summary: "The logarithm of the mean importance weight.",
  inputs: ["log_weights [n]"], outputs: ["value []"]
) { inputs, outputs, _ in
  try inputs[0].requireWeights()
  try outputs[0].write(logMeanExp(inputs[0].values))
}

private let paretoTailFunction = NamedFunction(
  name: "metrics.pareto-tail",
  summary: "Pareto k of the largest weights, and log-weights with a smoothed tail.",
  inputs: ["log_weights [n]"],
  outputs: ["estimate [3]", "smoothed_log_weights [n]", "verdict []"],
  defaults: ["relative_efficiency": 1.0]
) { inputs, outputs, config in
  try inputs[0].requireWeights()
  let efficiency = config["relative_efficiency"]?.double ?? .nan
  guard efficiency > 0, efficiency.isFinite else {
    throw ConfigError.invalid(path: "relative_efficiency", reason: "it must be positive")
  }
  let tail = ParetoTail(inputs[0].values, relativeEfficiency: efficiency)
  let metric = paretoShape(tail, draws: inputs[0].values.count)
  try outputs[0].write(metric)
  try outputs[1].write(tail.logWeights, shape: inputs[0].shape)
  try outputs[2].write(metric.verdict)
}

private let modeSharesFunction = NamedFunction(
  name: "metrics.mode-shares",
  summary: "The share of the draws in each mode with Wilson's intervals.",
  inputs: ["hits [K]"], outputs: ["shares [K]", "intervals [K, 2]"]
) { inputs, outputs, _ in
  let hits = try inputs[0].counts()
  let total = hits.reduce(0, +)
  let intervals = hits.map { shareInterval(hits: $0, count: total) }
  try outputs[0].write(hits.map { Double($0) / Double(total) }, shape: [hits.count])
  try outputs[1].write(
    intervals.flatMap { [$0.lowerBound, $0.upperBound] }, shape: [hits.count, 2])
}

private let modeEntropyFunction = NamedFunction(
  name: "metrics.mode-entropy",
  summary: "Entropic mode coverage: entropy of the shares of the modes over log K.",
  inputs: ["hits [K]"], outputs: ["estimate [3]"]
) { inputs, outputs, _ in
  let hits = try inputs[0].counts()
  guard hits.count > 1 else { throw ArgumentError("\(inputs[0].name) must hold 2 modes or more") }
  let coverage = ModeEntropy(hits: hits)
  try outputs[0].write(coverage.metric(count: hits.reduce(0, +)))
}

/// A function of log-weights whose figure has an interval.
private func estimateFunction(
  _ name: String, _ summary: String, _ inputs: [String],
  _ figure: @escaping @Sendable ([[Double]]) -> Metric
) -> NamedFunction {
  NamedFunction(
    name: "metrics." + name, summary: summary, inputs: inputs, outputs: ["estimate [3]"]
  ) { inputs, outputs, _ in
    for input in inputs { try input.requireWeights() }
    try outputs[0].write(figure(inputs.map(\.values)))
  }
}

extension InputArray {
  /// Refuses what are no log-weights; NaN and infinities are: they make figures that say so.
  fileprivate func requireWeights() throws {
    try requireRank(1)
    try requireElements()
  }

  /// Whole numbers that are not negative, and not all 0.
  fileprivate func counts() throws -> [Int] {
    try requireRank(1)
    try requireElements()
    let counts = values.compactMap { $0 >= 0 && $0 < 1e15 ? Int(exactly: $0) : nil }
    guard counts.count == values.count, counts.contains(where: { $0 > 0 }) else {
      throw ArgumentError("\(name) must hold counts: whole numbers from 0, not all 0")
    }
    return counts
  }
}
