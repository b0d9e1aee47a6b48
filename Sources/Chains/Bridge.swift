import Densities
import Kernels

/// Particles on their way from N(0, σ² I) to a density, along N(0, σ² I)^(1-β) ρ^β.
final class Bridge {
  /// The particles; one replica each.
  let chains: MarkovChains
  /// β.
  private(set) var beta = 0.0
  /// log of what each weighs beyond the particles' own distribution, [n].
  private(set) var logWeights: [Double]
  /// What happened in all moves.
  private(set) var info = ChainInfo()
  private let deviation: Double
  private let target: Double
  private let stream: RandomStream
  private var stage: UInt32 = 0

  /// Draws the particles.
  /// - Throws: `ChainError`, what the density throws.
  init(
    _ moves: ReplicaMoves, _ density: any Density, count: Int, deviation: Double,
    _ stream: RandomStream, pool: ThreadPool
  ) throws {
    let moves = moves.resolved(hasScore: density is any DifferentiableDensity)
    let kernel = try moves.kernel(stepSize: 0.5, .none)
    chains = try MarkovChains(kernel, density, count: count, pool: pool)
    (self.deviation, self.stream) = (deviation, stream)
    target =
      switch moves {
      case .mala: MALA.bestAcceptance
      case .hmc: HMC.bestAcceptance
      case .randomWalk, .auto: RandomWalk.bestAcceptance
      }
    logWeights = [Double](repeating: 0, count: count)
    let normals = stream.draw(Normal(), rows: 0..<count, columns: density.dimension)
    let x = normals.map { Float($0 * deviation) }
    try x.withUnsafeBufferPointer {
      guard let base = $0.baseAddress else { return }
      try chains.start(
        from: Points(base, count: count, dimension: density.dimension), allowingOutside: true)
    }
    chains.state.annealings[0] = Annealing(bridge: 0, standardDeviation: deviation)
    guard chains.state.logDensity.contains(finiteAmong: count) else {
      throw ChainError.allOutside(standardDeviation: deviation)
    }
  }

  /// ε, in widths of the cloud.
  var stepSize: Double {
    get { chains.state.tunings[0].stepSize }
    set { chains.state.tunings[0].fix(at: newValue) }
  }

  /// log ρ(x) - log N(x; 0, σ² I) of each particle, whose multiple by a rise of β is its gain in weight.
  var slopes: [Double] {
    let (state, d) = (chains.state, chains.state.dimension)
    let constant = Double(d) * (scalarLog(deviation) + 0.9189385332046727)
    return (0..<state.rows).map { row in
      let square = halfSquare(state.x + row * d, d)
      return Double(state.logDensity[row]) + square / (deviation * deviation) + constant
    }
  }

  /// Goes on to another β, and weighs for that.
  func rise(to next: Double) {
    for (row, slope) in slopes.enumerated() { logWeights[row] += (next - beta) * slope }
    beta = next
    chains.state.annealings[0] = Annealing(bridge: next, standardDeviation: deviation)
  }

  /// Turns weights into numbers of copies.
  func resample() {
    stage += 1
    var words = stream.words(of: .uniform, step: stage, row: 0)
    chains.state.gather(systematicResampling(logWeights, u: words.unit()))
    for row in logWeights.indices { logWeights[row] = 0 }
  }

  /// The random words that resample a group at the end.
  func drawing(_ group: Int) -> RandomWords { stream.words(of: .uniform, row: 1 + group) }

  /// Learns the widths of coordinates from where the particles are.
  func learnWidths() {
    chains.observeWidths()
    chains.renew()
  }

  /// Moves all particles once.
  func move(learningStep: Bool) throws {
    let moved = try chains.step(stream.folding(1))
    info += moved
    if learningStep { stepSize *= scalarExp(2 * (moved.acceptance - target)) }
  }
}

extension UnsafeMutablePointer<Float> {
  /// Whether one of the first so many numbers is finite.
  fileprivate func contains(finiteAmong count: Int) -> Bool {
    (0..<count).contains { self[$0].isFinite }
  }
}

/// A way from β = 0 to 1 with what was learned along it.
struct BridgeSchedule {
  /// β of each stage, rising to 1.
  var betas: [Double] = []
  /// ε after each stage's moves.
  var stepSizes: [Double] = []
  /// The widths of coordinates in each, [D].
  var scales: [[Float]] = []

  /// The same way in so many stages: β between those here by linear interpolation, the rest from the nearest.
  func resampled(_ count: Int) -> BridgeSchedule {
    var result = BridgeSchedule()
    for stage in 1...count {
      let place = Double(stage) * Double(betas.count) / Double(count)
      let index = min(betas.count - 1, Int(place))
      let part = place - Double(index)
      let low = index == 0 ? 0 : betas[index - 1]
      let beta = stage == count ? 1 : low + part * (betas[index] - low)
      result.betas.append(beta)
      result.stepSizes.append(stepSizes[index])
      result.scales.append(scales[index])
    }
    return result
  }
}
