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

extension TrainingWorkload {
  /// An iteration of a run, and the operations of the products that every state goes through: forwards
  /// and twice as many backwards, and forwards through a prior.
  func makeStep() throws -> TrainingStep.Ready {
    let run = try makeRun()
    let states = Double(run.config.batchSize * run.config.process.steps)
    let passes = prior == nil ? 3.0 : 4.0
    return (passes * 2 * states * Double(run.weightsOfState), { _ = try run.trainStep {} })
  }
}

extension Run {
  /// Elements of the matrices that multiply states; those of times are met once a step.
  fileprivate var weightsOfState: Int {
    let ofTimes = ["time", "langevin"]
    return parameters.entries
      .filter { $0.parameter.shape.rank == 2 }
      .filter { $0.name.split(separator: ".").allSatisfy { !ofTimes.contains(String($0)) } }
      .reduce(0) { $0 + $1.parameter.shape.count }
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
