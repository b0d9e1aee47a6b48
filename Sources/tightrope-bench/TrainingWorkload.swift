import Densities
import Samplers
import Storage

/// A training run whose iterations are measured.
struct TrainingWorkload {
  let name: String
  let density: String
  let overrides: JSONValue

  /// The run, not yet trained.
  func makeRun() throws -> Run { try Run(NamedDensity(density), overrides: overrides) }
}

/// The variance rate that published runs on the many-well and the funnel use.
private let unitVariance: JSONValue = ["variance": 1]

/// What `train` and `allocations` measure: 100 steps, batches of 300, networks of width 64.
let trainingWorkloads = [
  TrainingWorkload(
    name: "25gmm-tb", density: "25gmm", overrides: ["network": ["langevin": "off"]]),
  TrainingWorkload(
    name: "25gmm-tb-langevin", density: "25gmm", overrides: ["network": ["langevin": "on"]]),
  TrainingWorkload(
    name: "many-well-32-tb", density: "many-well",
    overrides: ["process": unitVariance, "network": ["langevin": "off"]]),
  TrainingWorkload(
    name: "many-well-32-tb-langevin", density: "many-well",
    overrides: ["process": unitVariance, "network": ["langevin": "on"]]),
  TrainingWorkload(
    name: "funnel-fl-subtb", density: "funnel",
    overrides: [
      "objective": "sub-trajectory-balance", "flow": ["forward_looking": true],
      "process": unitVariance, "network": ["langevin": "off"],
    ]),
  TrainingWorkload(
    name: "many-well-32-pis", density: "many-well",
    overrides: [
      "objective": "path-kl", "process": unitVariance, "network": ["langevin": "off"],
    ]),
]
