import Densities
import Diffusions
import KernelTables
import Kernels
import Networks
import Storage
import Tensors
import Training

/// How a prior's steps are guided by a constraint's score, without training.
public enum DenoisingGuidanceKind: String, Codable, Sendable, CaseIterable {
  /// Diffusion posterior sampling: the constraint at the estimated end.
  case dps
  /// Loss guidance by Monte Carlo: its mean over points around that.
  case lgd
}

/// What guided steps lower.
public enum GuidanceLoss: Sendable {
  /// - log mean_k r: the constraint is a likelihood.
  case logarithm
  /// 1 - mean_k r, for an r that is a probability: the distance of a classifier's answer (r, 1 - r) from (1, 0),
  /// but for a factor of √2. Where the classifier is sure of something else it has no slope.
  case distance
}

/// A way of guidance.
public struct Guidance: Sendable {
  /// Which.
  public var kind: DenoisingGuidanceKind
  /// What it lowers.
  public var loss = GuidanceLoss.logarithm
  /// ζ, what the gradient is multiplied by.
  public var scale: Double
  /// Points around the estimated end (lgd).
  public var particles = 10

  /// A way of guidance.
  public init(
    _ kind: DenoisingGuidanceKind, scale: Double, lowering loss: GuidanceLoss = .logarithm
  ) {
    (self.kind, self.scale, self.loss) = (kind, scale, loss)
  }

  /// What the scores at a point's particles are multiplied by, for their log r, in the slope of its loss.
  func weights(_ values: [Double]) -> [Double] {
    switch loss {
    case .logarithm:
      let top = values.max() ?? 0
      let powers = values.map { scalarExp($0 - top) }
      let total = powers.reduce(0, +)
      return powers.map { $0 / total }
    case .distance: return values.map { scalarExp($0) / Double(values.count) }
    }
  }
}

extension Run {
  /// Draws of a Gaussian denoising prior that is guided by a constraint, [count, D].
  ///
  ///     z′ = the prior's step + ζ ∇_z log mean_k r(x̂(z) + σ ξ_k), or ζ ∇_z mean_k r(…)
  ///
  /// With one point and σ = 0 for DPS, and σ = s of the level for LGD. The gradient goes through the network.
  /// Reference: Chung et al. (2023), *Diffusion posterior sampling for general noisy inverse problems*, algorithm 1,
  /// arXiv:2209.14687; Song et al. (2023), *Loss-guided diffusion models for plug-and-play controllable
  /// generation*, eq. 9, PMLR 202
  /// - Parameter chosen: Of a constraint with conditions, those that points go with by turns; empty for those to be
  ///   judged on.
  /// - Throws: `ConfigError` where the run is no such prior, or there is no such condition.
  public func guided(
    _ count: Int, seed: UInt64, by constraint: any DifferentiableDensity, _ guidance: Guidance,
    conditions chosen: [Int] = [], poll: () throws -> Void = {}
  ) throws -> [Float] {
    guard let trainer = trainer as? DenoisingTrainer, let chain = trainer.model as? GaussianChain
    else {
      throw ConfigError.invalid(path: "run", reason: "only Gaussian denoising priors are guided")
    }
    let stream = RandomStream(seed: seed).folding(.sampling)
    let turns = try (constraint as? any ConditionalDensity)?.turns(chosen) ?? []
    let (size, d) = (chain.tapeRows, chain.dimension)
    var x = [Float](repeating: 0, count: count * d)
    let blocks = (count + size - 1) / size
    let failures = Failures(count: blocks)
    defer { failures.deallocate() }
    try trainer.withAverage {
      x.withUnsafeMutableBufferPointer { buffer in
        guard let base = buffer.baseAddress else { return }
        let ends = GuidedEnds(x: base)
        pool.run(blocks) { block, _ in
          let (first, rows) = (block * size, min(size, count - block * size))
          let conditions = StepConditions(constraint, count: rows)
          conditions?.set(turns, from: first)
          let walk = GuidedWalk(
            chain: chain, constraint: constraint, conditions: conditions, guidance: guidance,
            stream: stream,
            rows: StepRows(
              first: first, count: rows,
              conditions: conditions.map { UnsafePointer($0.features) }),
            binding: ParameterBinding(trainer.parameters, gradients: nil))
          failures.keep(block) { try walk.run(into: ends.x + first * d) }
        }
      }
      try failures.throwFirst()
    }
    try poll()
    return x
  }
}

/// What threads write, each in rows of its own.
private struct GuidedEnds: @unchecked Sendable {
  let x: UnsafeMutablePointer<Float>
}

/// A block of guided paths.
private struct GuidedWalk {
  let chain: GaussianChain
  let constraint: any DifferentiableDensity
  let conditions: StepConditions?
  let guidance: Guidance
  let stream: RandomStream
  let rows: StepRows
  let binding: ParameterBinding

  private var particles: Int { guidance.kind == .dps ? 1 : guidance.particles }

  func run(into z: UnsafeMutablePointer<Float>) throws {
    let (tape, count) = (Tape(), rows.count * chain.dimension)
    var noise = [Float](repeating: 0, count: count)
    chain.start(rows, stream, into: z)
    for index in 0..<chain.steps {
      tape.reset()
      let (row, step) = (chain.row(index), chain.step(index))
      let y = tape.variable(scaled(z, by: row.input, tape))
      let times = tape.constant(Double(row.time), Shape(rows.count, 1))
      let said = chain.guided(
        y, at: times, conditions: chain.conditions(rows, tape),
        Context(tape: tape, parameters: binding))
      let output = said.value
      let (p, q) = chain.estimate(step)
      let estimate = (0..<count).map { Float(p * y[$0] + q * output[$0]) }
      let slope = try slopes(at: estimate, index, deviation: step.noise * chain.config.scale)
      let seed = tape.allocate(output.shape)
      for i in 0..<count { tape.write(q * Double(slope[i]), at: i, of: seed) }
      tape.backward(from: output, seed: seed.data)
      let deviations = row.deviations(said.variance, count: count)
      let through = tape.gradient(of: y).assumingMemoryBound(to: Float.self)
      chain.draw(rows, stream, step: UInt32(index), into: &noise)
      for i in 0..<count {
        let gradient = row.input * (through[i] + Float(p) * slope[i])
        let mean = row.state * z[i] + row.output * Float(output[i])
        z[i] = mean + deviations[i] * noise[i] + Float(guidance.scale) * gradient
      }
    }
  }

  private func scaled(_ z: UnsafePointer<Float>, by factor: Float, _ tape: Tape) -> Tensor {
    let y = tape.allocate(Shape(rows.count, chain.dimension))
    for i in 0..<y.count { tape.write(Double(factor * z[i]), at: i, of: y) }
    return y
  }

  /// The slope of what is lowered, with the opposite sign, by x̂, [rows, D].
  private func slopes(at estimate: [Float], _ step: Int, deviation: Double) throws -> [Float] {
    let (d, k) = (chain.dimension, particles)
    var points = [Float](repeating: 0, count: estimate.count * k)
    if guidance.kind == .lgd {
      InstructionSet.active.kernels.normals(
        key: stream.folding(.bridges).key, step: UInt32(step), firstRow: rows.first * k,
        rows: rows.count * k, columns: d, to: &points)
    }
    for i in points.indices {
      points[i] = estimate[i / (k * d) * d + i % d] + Float(deviation) * points[i]
    }
    var values = [Float](repeating: 0, count: rows.count * k)
    var scores = points
    let numbers = conditions.map { own in
      (0..<rows.count * k).map { own.indices[$0 / k] }
    }
    try points.withUnsafeBufferPointer { points in
      guard let base = points.baseAddress else { return }
      try (numbers ?? []).withUnsafeBufferPointer { numbers in
        try constraint.logDensity(
          of: Points(
            base, count: rows.count * k, dimension: d,
            conditions: conditions == nil ? nil : numbers.baseAddress),
          into: &values, score: &scores)
      }
    }
    var result = [Float](repeating: 0, count: estimate.count)
    for row in 0..<rows.count {
      let own = values[row * k..<(row + 1) * k].map { Double($0) }
      for (particle, weight) in guidance.weights(own).enumerated() {
        for j in 0..<d {
          result[row * d + j] += Float(weight) * scores[(row * k + particle) * d + j]
        }
      }
    }
    return result
  }
}

extension GaussianChain.Row {
  /// d of each coordinate, learned ones where there are any.
  fileprivate func deviations(_ variance: Tensor?, count: Int) -> [Float] {
    (0..<count).map { index in
      variance.map { deviation * Float(scalarExp(Double(range) * $0[index])) } ?? deviation
    }
  }
}

extension GaussianChain {
  /// p and q of x̂ = p y + q F.
  fileprivate func estimate(_ step: DenoisingStep) -> (Double, Double) {
    let (p, q) = step.dataCoefficients(config.prediction)
    return (config.scale * p, config.scale * q)
  }
}
