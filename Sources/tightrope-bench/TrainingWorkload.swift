import Densities
import Samplers
import Storage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A training run whose iterations are measured.
struct TrainingWorkload {
  let name: String
  let density: String
  let overrides: JSONValue

  /// The density of a prior of the same process, where the run learns a posterior.
  var prior: String?

  /// The run, not yet trained.
  func makeRun() throws -> Run {
    guard let prior else { return try Run(NamedDensity(density), overrides: overrides) }
    let folder = "/tmp/tightrope-bench-\(getpid())"
    let untrained = try Run(
      NamedDensity(prior), overrides: ["network": ["langevin": "off"], "process": fixedVariance])
    try createDirectory(folder, intermediate: true)
    let path = folder + "/prior.safetensors"
    try untrained.save(to: path)
    defer { _ = (unlink(path), rmdir(folder)) }
    var settings = overrides
    try settings.set("prior.run", to: path)
    return try Run(NamedDensity(density), overrides: settings)
  }
}

/// The variance rate that published runs on the many-well and the funnel use.
private let unitVariance: JSONValue = ["variance": 1]

private let fixedVariance: JSONValue = ["learned_variance": false]

/// What `train` and `allocations` measure: 100 steps, batches of 300, networks of width 64.
let trainingWorkloads = [
  TrainingWorkload(
    name: "25gmm-tb", density: "25gmm", overrides: ["network": ["langevin": "off"]]),
  TrainingWorkload(
    name: "25gmm-rtb", density: "ratio",
    overrides: ["batch_size": 500, "network": ["langevin": "off"]], prior: "25gmm"),
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
