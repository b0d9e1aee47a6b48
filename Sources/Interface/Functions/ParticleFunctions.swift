import Metrics
import Storage

/// The figures of systems of particles, and the virial identity.
let particleFunctions = [alignedFunction, distanceVariationFunction, virialFunction]

private let alignedFunction = NamedFunction(
  name: "metrics.aligned-wasserstein-2",
  summary: "W2 between systems of N equal particles up to place, orientation, mirroring and order.",
  inputs: ["x [n, N, s]", "y [n, N, s]"], outputs: ["estimate [3]"]
) { inputs, outputs, _ in
  try inputs[0].requirePoints(rank: 3, limit: alignedTransportLimit)
  try inputs[1].requireShape(inputs[0].shape)
  try inputs[1].requirePoints(rank: 3)
  let (particles, space) = (inputs[0].shape[1], inputs[0].shape[2])
  guard space <= 3, particles <= 1000 else {
    throw ArgumentError(
      "\(inputs[0].name) must hold up to 1000 particles in up to 3 dimensions, "
        + "not \(particles) in \(space)")
  }
  let alignment = ParticleAlignment(particles: particles, spaceDimension: space)
  let distance = alignedTransport(inputs[0].points, inputs[1].points, alignment).root
  try outputs[0].write(distance, of: inputs)
}

private let distanceVariationFunction = NamedFunction(
  name: "metrics.distance-variation",
  summary: "Total variation between histograms of distances among particles, outside included.",
  inputs: ["x [n, N, s]", "reference [m, N, s]"], outputs: ["estimate [3]", "outside []"],
  defaults: ["bins": 200]
) { inputs, outputs, config in
  for input in inputs { try input.requirePoints(rank: 3) }
  try inputs[1].requireRows(like: inputs[0])
  let particles = inputs[0].shape[1]
  guard particles > 1 else { throw ArgumentError("\(inputs[0].name) holds one particle") }
  let variation = DistanceVariation(
    inputs[0].points, reference: inputs[1].points, particles: particles,
    spaceDimension: inputs[0].shape[2], bins: try wholeNumber(config, "bins", in: 1...1_000_000))
  try outputs[0].write(variation.estimate, of: inputs)
  try outputs[1].write(variation.outside)
}

private let virialFunction = NamedFunction(
  name: "metrics.virial",
  summary: "The mean of -x·score; freedom 0 stands for d.",
  inputs: ["x [n, d]", "score [n, d]"], outputs: ["estimate [3]", "verdict []"],
  defaults: ["freedom": 0]
) { inputs, outputs, config in
  try inputs[0].requirePoints(rank: 2, least: 2)
  try inputs[1].requireShape(inputs[0].shape)
  try inputs[1].requirePoints(rank: 2)
  let dimension = inputs[0].shape[1]
  let given = try wholeNumber(config, "freedom", in: 0...dimension)
  let metric = virial(
    inputs[0].points, score: inputs[1].points, dimension: dimension,
    freedom: Double(given == 0 ? dimension : given))
  try outputs[0].write(metric)
  try outputs[1].write(metric.verdict)
}
