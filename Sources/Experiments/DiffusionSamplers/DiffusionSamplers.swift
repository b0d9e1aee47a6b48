import Catalogs
import Samplers
import Storage

private let sendera = Reference(
  "Sendera, Kim, Mittal, et al.", 2024, "Improved off-policy training of diffusion samplers",
  "arXiv:2402.05098, tables 1, C.1 and C.3")

private let kim = Reference(
  "Kim, Seong, Woo, Ahn, Kim", 2025, "On scalable and efficient training of diffusion samplers",
  "arXiv:2505.19552")

/// The rows of the tables on diffusion samplers: every density with every method that was published
/// on it, and our own methods.
let diffusionSamplerExperiments: [Experiment] = BenchmarkDensity.all.flatMap { density in
  BenchmarkMethod.all.compactMap { experiment(of: $0, on: density) }
}

private func experiment(
  of method: BenchmarkMethod, on density: BenchmarkDensity
) -> Experiment? {
  let published = publishedRows(method, on: density)
  let isOurs = method.isOurs(on: density)
  guard !published.isEmpty, !isOurs || density.temperatures > 0 else { return nil }
  let isSearched = published.contains { $0.table.hasPrefix("Kim") }
  let isFirst = published.contains { $0.table.hasPrefix("Sendera") }
  return Experiment(
    name: "gfn-diffusion/\(density.name)-\(method.name)",
    summary: "\(density.label) by \(method.label): \(method.words).",
    references: (isFirst ? [sendera] : []) + (isSearched ? [kim] : []),
    density: density.density, published: published, isOurs: isOurs,
    deviations: deviations(of: method, on: density), settings: { settings($0, method, density) })
}

/// What is ours in every preset.
private func deviations(
  of method: BenchmarkMethod, on density: BenchmarkDensity
) -> [String] {
  var sentences = [
    "Figures rest on \(density.samples) draws in the presets laptop and paper; the published ones on "
      + "2000."
  ]
  if method.search == .langevin {
    sentences.append(
      "The local search keeps where its chains are, and learns its step size in burn-in only; the "
        + "published one keeps accepted proposals, and never stops adapting.")
  }
  if method.search != nil && density.capacity < 600_000 {
    sentences.append("Replay buffers keep \(density.capacity) points; the published ones 600000.")
  }
  if method.process != "pinned-brownian" {
    sentences.append(
      "The paper does not state the schedule of this row; here β goes from 0.01 to 4, and the drift "
        + "has a multiple of the score.")
  }
  if density.name == "vae" {
    sentences.append(
      "The published codes are of MNIST's digits; these are of the embedded ones of 8 by 8 pixels, whose "
        + "log Z is another, unless --set density.data=FOLDER names a folder of IDX files.")
    sentences.append(
      "log Z is estimated for each image by itself; the published one is a log-mean-exp over images."
    )
  }
  if density.name == "many-well-128" && !method.isOurs(on: density) {
    sentences.append(
      "Networks are 256 wide in the preset paper, as in Kim et al.; table C.3 has 64.")
  }
  return sentences
}

private func settings(
  _ preset: Preset, _ method: BenchmarkMethod, _ density: BenchmarkDensity
) -> PresetSettings {
  var settings = PresetSettings()
  settings.run = method.config(on: density)
  switch preset {
  case .smoke: settings.becomeSmoke()
  case .laptop: settings.becomeLaptop(method, density)
  case .paper: settings.becomePaper(method, density)
  }
  return settings
}

extension BenchmarkMethod {
  /// What all presets share; exploration and learning rates are theirs.
  fileprivate func config(on density: BenchmarkDensity) -> RunConfig {
    var config = RunConfig.withoutClipping
    config.objective = objective
    config.process.kind = process
    config.process.variance = density.variance
    config.network.langevin = hasLangevin ? .on : .off
    config.flow.forwardLooking = looksForward
    if !explores { config.exploration.standardDeviation = 0 }
    if search != nil { config.offPolicy.replay.capacity = density.capacity }
    switch search {
    case .langevin:
      config.offPolicy.source = .localSearch
      config.offPolicy.localSearch.kernel = "mala"
      config.offPolicy.localSearch.stepSize = density.stepSize
    case .tempering: config.temper(density)
    case nil: break
    }
    return config
  }
}

extension RunConfig {
  /// Search by parallel tempering.
  ///
  /// The barrier of a double well is 9 nats, 1.5 at temperature 6. Neighbouring temperatures swap where
  /// their ratio is about 1 + 2/√D. What the chains find then has the density as its distribution, so all of it counts alike.
  fileprivate mutating func temper(_ density: BenchmarkDensity) {
    offPolicy.source = .localSearch
    offPolicy.searchEvery = 1000
    offPolicy.replay.priority = .uniform
    offPolicy.localSearch.kernel = "parallel-tempering"
    offPolicy.localSearch.temperatures = density.temperatures
    offPolicy.localSearch.highestTemperature = 6
    offPolicy.localSearch.standardDeviation = 0.3
    offPolicy.localSearch.steps = 2000
    offPolicy.localSearch.burnIn = 1000
    offPolicy.localSearch.thin = 20
  }
}

extension PresetSettings {
  /// A few short paths, and one search where there are any.
  fileprivate mutating func becomeSmoke() {
    run.steps = 30
    run.batchSize = 60
    run.process.steps = 10
    run.reportEvery = 10
    run.offPolicy.replay.capacity = min(run.offPolicy.replay.capacity, 10_000)
    if run.offPolicy.source == .localSearch {
      (run.offPolicy.localSearch.steps, run.offPolicy.localSearch.burnIn) = (20, 10)
      run.offPolicy.localSearch.thin = 5
    }
    evaluation.samples = 200
    evaluation.transportSamples = 100
    evaluation.floorRepeats = 2
  }

  /// As many iterations as published, if they fit in nine minutes, less two for tempering; at rates that
  /// fall in the end.
  fileprivate mutating func becomeLaptop(_ method: BenchmarkMethod, _ density: BenchmarkDensity) {
    let seconds = method.search == .tempering ? 420.0 : 540
    run.steps = min(method.iterations, density.steps(of: method, within: seconds))
    run.batchSize = density.laptopBatch
    if let variance = density.laptopVariance { run.process.variance = variance }
    if let width = density.laptopWidth { run.network.width = width }
    if let bound = density.laptopGate { run.network.gateBound = bound }
    if method.explores { run.exploration.standardDeviation = density.exploration }
    if method.search == .langevin && density.learnsFoundByLikelihood {
      run.offPolicy.objective = "maximum-likelihood"
      run.offPolicy.replay.priority = .uniform
    }
    (run.optimizer.learningRate, run.optimizer.clipNorm) = (density.rate, density.clipNorm)
    if method.learnsLogZ { run.optimizer.logZLearningRate = density.logZRate }
    evaluation.samples = density.samples
  }

  /// The published rates throughout, and exploration that ends after 5000 iterations.
  fileprivate mutating func becomePaper(_ method: BenchmarkMethod, _ density: BenchmarkDensity) {
    run.steps = method.iterations
    run.network.width = density.width
    run.optimizer.learningRate = 1e-3
    run.optimizer.schedule = "constant"
    if method.explores { run.exploration.decayFraction = 5000 / Double(method.iterations) }
    evaluation.samples = density.samples
  }
}

extension BenchmarkDensity {
  /// How many steps of a method fit in a number of seconds, in hundreds.
  fileprivate func steps(of method: BenchmarkMethod, within seconds: Double) -> Int {
    let states = (method.hasLangevin ? 1.0 : 0) + (method.looksForward ? 1 : 0)
    let milliseconds = stepTime * (method.looksForward ? 2 : 1) + stateTime * states
    return Int(10 * seconds / milliseconds) * 100
  }
}
