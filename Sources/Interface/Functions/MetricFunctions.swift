import Metrics

let effectiveSampleSizeFunction = NamedFunction(
  name: "metrics.effective-sample-size",
  summary: "Kish's effective sample size of importance log-weights.",
  inputs: ["log_weights [n]"], outputs: ["value []"]
) { inputs, outputs, _ in
  try inputs[0].requireRank(1)
  try inputs[0].requireElements()
  try outputs[0].write(effectiveSampleSize(inputs[0].values))
}

let logNormalizerFunction = NamedFunction(
  name: "metrics.log-normalizer",
  summary: "The logarithm of the mean importance weight.",
  inputs: ["log_weights [n]"], outputs: ["value []"]
) { inputs, outputs, _ in
  try inputs[0].requireRank(1)
  try inputs[0].requireElements()
  try outputs[0].write(logMeanExp(inputs[0].values))
}

let wasserstein2Function = NamedFunction(
  name: "metrics.wasserstein-2",
  summary: "The exact 2-Wasserstein distance between two sets of n points.",
  inputs: ["x [n, d]", "y [n, d]"], outputs: ["value []"]
) { inputs, outputs, _ in
  try inputs[0].requireRank(2)
  try inputs[0].requireElements()
  try inputs[1].requireShape(inputs[0].shape)
  for input in inputs { try input.requireFinite() }
  let limit = 5000
  guard inputs[0].shape[0] <= limit else {
    throw ArgumentError(
      "x holds \(inputs[0].shape[0]) points; exact transport takes up to \(limit)")
  }
  try outputs[0].write(
    wasserstein2(
      inputs[0].values.map { Float($0) }, inputs[1].values.map { Float($0) },
      dimension: inputs[0].shape[1]))
}
