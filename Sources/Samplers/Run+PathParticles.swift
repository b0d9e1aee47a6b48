import Chains
import Densities
import Diffusions
import Kernels
import Metrics

// Sequential Monte Carlo along the diffusion. Paths go on a few steps at a time; after the steps to a time t
// a path x_0 … x_k has the target
//
//     γ_k = ρ(x_k)^t N(x_k; 0, v_t)^(1-t) Π P_B(x_j | x_{j+1}),       γ_T = ρ(x_T) Π P_B
//
// v_t the variance of the process without a drift, and gains the weight γ_k / (γ_before Π P_F) since the
// last. Where few have most of the weight, they are resampled. The last target's ends have the density;
// those in between decide efficiency only.
//
// Reference: Del Moral, Doucet and Jasra (2006), doi:10.1111/j.1467-9868.2006.00553.x, section 3; Phillips,
// Dau, Hutchinson et al. (2024), *Particle denoising diffusion sampler*, arXiv:2402.06320

extension Run {
  /// Repeats of particles on paths.
  func pathParticles(
    _ request: RefinementRequest, _ poll: () throws -> Void
  ) throws -> ChainDraws {
    let d = density.density.dimension
    let steps = request.config.steps == 0 ? nil : request.config.steps
    let counted = CountedDensity(density.density)
    let paths = PathEnds(model, counted, steps: steps, pool: pool)
    var (x, logDensity, logs, shares) = ([Float](), [Double](), [Double](), [Double]())
    for repetition in 0..<request.chains {
      var cloud = PathCloud(
        count: request.draws, dimension: d,
        stream: RandomStream(seed: request.seed).folding(.sampling).folding(UInt64(repetition)))
      for stage in 0..<paths.stages {
        try cloud.advance(paths, stage, counted, config.nonFinite, poll)
        let share = effectiveSampleSize(cloud.logWeights) / Double(request.draws)
        shares.append(share)
        guard stage == paths.stages - 1 || share < request.config.effectiveShare else { continue }
        // The tail of weights that are nearly equal is of no consequence.
        if share < 0.9 { try RefinementError.check(cloud.logWeights, stage: stage) }
        cloud.resample(stage)
      }
      x += cloud.x
      logDensity += cloud.logDensity
      logs.append(cloud.logZ)
    }
    let truth = (density.density as? any NormalizedDensity)?.logNormalizer
    let least = Metric(
      "effective-sample-share", shares.min() ?? 1, count: request.draws, truth: 1,
      (shares.min() ?? 1) > 0.1 ? .ok : .warn, "the least of all stages")
    return try request.chains(
      x, logDensity, dimension: d, calls: (counted.energyCalls, counted.gradientCalls),
      ChainInfo(), [repeatedLogNormalizer(logs, truth: truth), least])
  }
}

/// Particles on paths, weighted.
private struct PathCloud {
  /// Where they are, [n, D].
  var x: [Float]
  /// log ρ there, [n].
  var logDensity: [Double]
  /// log of what each weighs, [n].
  var logWeights: [Double]
  /// What a stage adds to that, [n].
  private var gains: [Double]
  /// log Z as far as resampled weights tell.
  var logZ = 0.0
  /// log of the target of each end so far without P_B, [n].
  private var logTarget: [Double]
  private let count: Int
  private let dimension: Int
  private let stream: RandomStream

  init(count: Int, dimension: Int, stream: RandomStream) {
    (self.count, self.dimension, self.stream) = (count, dimension, stream)
    x = [Float](repeating: 0, count: count * dimension)
    logDensity = [Double](repeating: 0, count: count)
    (logWeights, gains, logTarget) = (logDensity, logDensity, logDensity)
  }

  /// Goes on by one stage.
  mutating func advance(
    _ paths: PathEnds, _ stage: Int, _ density: CountedDensity, _ nonFinite: NonFinitePolicy,
    _ poll: () throws -> Void
  ) throws {
    let settings = SimulationSettings(stream: stream, nonFinite: nonFinite)
    var values = [Float](repeating: 0, count: count)
    try x.withUnsafeMutableBufferPointer { x in
      guard let x = x.baseAddress else { return }
      try gains.withUnsafeMutableBufferPointer { gains in
        guard let gains = gains.baseAddress else { return }
        try paths.run(stage: stage, count, settings, states: x, logRatios: gains, poll)
      }
      try values.withUnsafeMutableBufferPointer { values in
        guard let values = values.baseAddress else { return }
        try density.logDensity(of: Points(x, count: count, dimension: dimension), into: values)
      }
    }
    let end = paths.end(of: stage)
    for row in 0..<count {
      logDensity[row] = Double(values[row])
      let target = end.time * logDensity[row] + (1 - end.time) * logReference(row, end.variance)
      gains[row] += target - logTarget[row]
      logTarget[row] = target
      logWeights[row] += gains[row]
    }
  }

  /// log N(x; 0, v I).
  private func logReference(_ row: Int, _ variance: Double) -> Double {
    var square = 0.0
    for j in row * dimension..<(row + 1) * dimension { square += Double(x[j]) * Double(x[j]) }
    let logCircle = scalarLog(2 * .pi * variance)
    return -(square / variance + Double(dimension) * logCircle) / 2
  }

  /// Turns weights into numbers of copies.
  mutating func resample(_ stage: Int) {
    logZ += logMeanExp(logWeights)
    var words = stream.folding(.resampling).words(of: .uniform, step: UInt32(stage), row: 0)
    let chosen = systematicResampling(logWeights, u: words.unit())
    x = rows(chosen, of: x, columns: dimension)
    (logDensity, logTarget) = (rows(chosen, of: logDensity), rows(chosen, of: logTarget))
    for row in 0..<count { logWeights[row] = 0 }
  }
}
