import Densities
import KernelTables
import Kernels
import Networks
import Tensors

/// The reverse of noising, simulated from noise at noising time 1 to points at 0.
///
///     x ← x + v S(x, t) + f √v ε,   v = h(t) - h(t′),   t = 1, 1 - 1/N, …, 1/N
///
/// with the variance v that noising adds between t′ and t itself, and f as `StepNoise` and `noise_factor` say. Noising backwards has the transition
/// N(x′; x, v), so log P_B - log P_F of a step is n log f + ½ |ε|² - ½ |√v S + f ε|² in n dimensions, and
/// draws carry importance weights at no cost.
final class ReverseProcess: @unchecked Sendable {
  /// Where the score comes from.
  enum Source {
    /// The network, and the density where its score is given.
    case network(CountedDensity)
    /// Estimates of it.
    case estimates(NoisedScore)
  }

  private let config: EnergyMatchingConfig
  private let network: ScoreNetwork
  private let parameters: ParameterSet
  private let given: GivenScore
  private let dimension: Int
  private let system: ParticleSystem?
  private let pool: ThreadPool
  private let blockRows: Int
  private let tapes: [Tape]

  init(
    _ config: EnergyMatchingConfig, _ network: ScoreNetwork, _ parameters: ParameterSet,
    _ given: GivenScore, dimension: Int, system: ParticleSystem?, pool: ThreadPool
  ) {
    (self.config, self.network, self.parameters) = (config, network, parameters)
    self.given = given
    (self.dimension, self.system, self.pool) = (dimension, system, pool)
    blockRows = network.tapeRows(dimension: dimension)
    tapes = (0..<pool.threads).map { _ in
      let tape = Tape()
      tape.isRecording = false
      return tape
    }
  }

  /// Dimension of the space that points are in: the mean-free one for particles.
  var freedom: Int { system?.degreesOfFreedom ?? dimension }

  /// Variance of the noise that paths begin with: that of time 1, and the density's own where it is given.
  private var startVariance: Double {
    let deviation = config.network.priorDeviation
    return config.noise.variance(at: 1) + deviation * deviation
  }

  /// Writes noise of time 1, [rows, D], and minus its log-density.
  func start(
    rows: Int, firstRow: Int, _ stream: RandomStream, into x: UnsafeMutablePointer<Float>,
    logRatios: UnsafeMutablePointer<Double>
  ) {
    let variance = startVariance
    InstructionSet.active.kernels.normals(
      key: stream.key, step: .max, firstRow: firstRow, rows: rows, columns: dimension, to: x)
    system?.removeMean(x, rows: rows)
    for row in 0..<rows {
      var square = 0.0
      for i in row * dimension..<(row + 1) * dimension {
        square += Double(x[i] * x[i])
        x[i] *= Float(variance.squareRoot())
      }
      logRatios[row] = 0.5 * (square + Double(freedom) * scalarLog(2 * .pi * variance))
    }
  }

  /// Simulates rows from where they are to noising time 0, and adds log P_B - log P_F of their paths.
  func run(
    rows: Int, firstRow: Int, steps: Int, _ stream: RandomStream, source: Source,
    _ x: UnsafeMutablePointer<Float>, logRatios: UnsafeMutablePointer<Double>,
    _ poll: () throws -> Void
  ) throws {
    let ends = PathEndBuffers(x: x, logRatios: logRatios)
    let blocks = (rows + blockRows - 1) / blockRows
    // Some blocks at a time, so that a request to stop is soon heard.
    let stretch = 4 * pool.threads
    for first in stride(from: 0, to: blocks, by: stretch) {
      try poll()
      let failures = Failures(count: stretch)
      defer { failures.deallocate() }
      pool.run(min(stretch, blocks - first)) { index, worker in
        failures.keep(index) {
          let row = (first + index) * self.blockRows
          let simulation = Simulation(
            stream: stream, source: source, row: row, firstRow: firstRow + row,
            rows: min(self.blockRows, rows - row), steps: steps)
          try self.simulate(simulation, ends, worker)
        }
      }
      try failures.throwFirst()
    }
  }

  /// A block of rows.
  private struct Simulation {
    let stream: RandomStream
    let source: Source
    let row, firstRow, rows, steps: Int
  }

  private func simulate(
    _ block: Simulation, _ ends: PathEndBuffers, _ worker: Int
  ) throws {
    let tape = tapes[worker]
    let (x, ratios) = (ends.x + block.row * dimension, ends.logRatios + block.row)
    for step in 0..<block.steps {
      tape.reset()
      let interval = Interval(step, of: block.steps, config)
      let noise = tape.allocate(Shape(block.rows, dimension))
        .data.assumingMemoryBound(to: Float.self)
      InstructionSet.active.kernels.normals(
        key: block.stream.key, step: UInt32(step), firstRow: block.firstRow, rows: block.rows,
        columns: dimension, to: noise)
      switch block.source {
      case .network(let density):
        try self.step(interval, rows: block.rows, density, x, noise, ratios, tape)
      case .estimates(let estimator):
        let score = tape.allocate(Shape(block.rows, dimension))
          .data.assumingMemoryBound(to: Float.self)
        let deviations = tape.constant(interval.variance.squareRoot(), Shape(block.rows, 1))
          .data.assumingMemoryBound(to: Float.self)
        _ = try estimator.estimate(
          at: x, deviations: deviations, rows: block.rows, firstRow: block.firstRow,
          block.stream.folding(UInt64(step)), into: score, worker: worker)
        move(x, by: score, noise, interval, rows: block.rows, ratios)
      }
    }
  }

  /// From one noising time to the next.
  struct Interval {
    /// t.
    let time: Double
    /// h(t).
    let variance: Double
    /// v = h(t) - h(t′).
    let growth: Double
    /// f, what √v ε is multiplied by.
    let factor: Double

    init(_ step: Int, of steps: Int, _ config: EnergyMatchingConfig) {
      let noise = config.noise
      time = 1 - Double(step) / Double(steps)
      let next = step + 1 == steps ? 0 : 1 - Double(step + 1) / Double(steps)
      variance = noise.variance(at: time)
      growth = variance - noise.variance(at: next)
      let mode = config.modeDeviation * config.modeDeviation
      let left = config.stepNoise == .posterior ? 1 - growth / (variance + mode) : 1
      factor = config.noiseFactor * left.squareRoot()
    }
  }

  /// One step along the network's score.
  /// - Parameters:
  ///   - density: Asked where its score is given.
  ///   - x: [rows, D], moved.
  ///   - noise: Standard normals, [rows, D]; those of particles lose their mean.
  ///   - ratios: What it adds to log P_B - log P_F is added, [rows].
  ///   - tape: Room.
  func step(
    _ interval: Interval, rows: Int, _ density: CountedDensity,
    _ x: UnsafeMutablePointer<Float>,
    _ noise: UnsafeMutablePointer<Float>, _ ratios: UnsafeMutablePointer<Double>, _ tape: Tape
  ) throws {
    let score = try score(interval, at: x, rows: rows, density, tape)
    move(x, by: score, noise, interval, rows: rows, ratios)
  }

  /// S at rows of x, [rows, D], on the tape.
  private func score(
    _ interval: Interval, at x: UnsafePointer<Float>, rows: Int, _ density: CountedDensity,
    _ tape: Tape
  ) throws -> UnsafeMutablePointer<Float> {
    func room(_ columns: Int) -> UnsafeMutablePointer<Float> {
      tape.allocate(Shape(rows, columns)).data.assumingMemoryBound(to: Float.self)
    }
    let context = Context(
      tape: tape, parameters: ParameterBinding(parameters, gradients: nil))
    let times = tape.constant(Double(network.time(interval.time)), Shape(1, 1))
    let output = network(
      tape.constant(at: x, Shape(rows, dimension)), at: times, context
    ).data.assumingMemoryBound(to: Float.self)
    let part = network.coefficients(variance: interval.variance)
    for i in 0..<rows * dimension {
      output[i] = Float(part.x) * x[i] + Float(part.output) * output[i]
    }
    guard part.score > 0 else { return output }
    let own = room(dimension)
    try given.write(
      at: x, rows: rows, density, room: room(dimension), values: room(1), into: own)
    for i in 0..<rows * dimension { output[i] += Float(part.score) * own[i] }
    return output
  }

  /// Moves rows, and adds what that adds to the log-ratios.
  private func move(
    _ x: UnsafeMutablePointer<Float>, by score: UnsafePointer<Float>,
    _ noise: UnsafeMutablePointer<Float>, _ interval: Interval, rows: Int,
    _ ratios: UnsafeMutablePointer<Double>
  ) {
    system?.removeMean(noise, rows: rows)
    let (drift, width) = (Float(interval.growth), Float(interval.growth.squareRoot()))
    let factor = Float(interval.factor)
    let constant = Double(freedom) * scalarLog(interval.factor)
    for row in 0..<rows {
      var (forward, backward): (Float, Float) = (0, 0)
      for i in row * dimension..<(row + 1) * dimension {
        let way = width * score[i] + factor * noise[i]
        forward += noise[i] * noise[i]
        backward += way * way
        x[i] += drift * score[i] + factor * width * noise[i]
      }
      ratios[row] += constant + 0.5 * Double(forward - backward)
    }
    system?.removeMean(x, rows: rows)
  }

  /// Simulates noising from points at time 0 up to time 1 and writes log P_B - log P_F of those paths, the
  /// start's log-density included, as for paths from noise.
  func noiseUp(
    rows: Int, firstRow: Int, steps: Int, _ stream: RandomStream, _ density: CountedDensity,
    _ x: UnsafeMutablePointer<Float>, logRatios: UnsafeMutablePointer<Double>,
    _ poll: () throws -> Void
  ) throws {
    let ends = PathEndBuffers(x: x, logRatios: logRatios)
    let blocks = (rows + blockRows - 1) / blockRows
    try poll()
    let failures = Failures(count: blocks)
    defer { failures.deallocate() }
    pool.run(blocks) { index, worker in
      failures.keep(index) {
        let row = index * self.blockRows
        try self.noiseUp(
          Simulation(
            stream: stream, source: .network(density), row: row, firstRow: firstRow + row,
            rows: min(self.blockRows, rows - row), steps: steps), density, ends,
          self.tapes[worker])
      }
    }
    try failures.throwFirst()
    try poll()
  }

  /// The reverse step that leads from the noised point back has ε = (x - x′ - v S(x′)) / (f √v).
  private func noiseUp(
    _ block: Simulation, _ density: CountedDensity, _ ends: PathEndBuffers, _ tape: Tape
  ) throws {
    let count = block.rows * dimension
    let (x, ratios) = (ends.x + block.row * dimension, ends.logRatios + block.row)
    ratios.update(repeating: 0, count: block.rows)
    for step in (0..<block.steps).reversed() {
      tape.reset()
      let interval = Interval(step, of: block.steps, config)
      let (width, factor) = (Float(interval.growth.squareRoot()), Float(interval.factor))
      let constant = Double(freedom) * scalarLog(interval.factor)
      let noise = tape.allocate(Shape(block.rows, dimension))
        .data.assumingMemoryBound(to: Float.self)
      InstructionSet.active.kernels.normals(
        key: block.stream.key, step: UInt32(step), firstRow: block.firstRow, rows: block.rows,
        columns: dimension, to: noise)
      system?.removeMean(noise, rows: block.rows)
      for i in 0..<count { x[i] += width * noise[i] }
      let score = try score(interval, at: x, rows: block.rows, density, tape)
      for row in 0..<block.rows {
        var (forward, backward): (Float, Float) = (0, 0)
        for i in row * dimension..<(row + 1) * dimension {
          let epsilon = (-noise[i] - width * score[i]) / factor
          forward += epsilon * epsilon
          backward += noise[i] * noise[i]
        }
        ratios[row] += constant + 0.5 * Double(forward - backward)
      }
    }
    let variance = startVariance
    for row in 0..<block.rows {
      var square = 0.0
      for i in row * dimension..<(row + 1) * dimension { square += Double(x[i] * x[i]) }
      ratios[row] += 0.5 * (square / variance + Double(freedom) * scalarLog(2 * .pi * variance))
    }
  }
}

/// What threads write, each in rows of its own.
private struct PathEndBuffers: @unchecked Sendable {
  let x: UnsafeMutablePointer<Float>
  let logRatios: UnsafeMutablePointer<Double>
}
