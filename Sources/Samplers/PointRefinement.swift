import Chains
import Densities
import Kernels
import Storage

/// Chains that go on from given points, one from each, and leave the density as it is.
///
/// Step sizes are learned in the first half of the steps. A chain cannot start where log ρ or the score is not
/// finite, as where two particles are in one place: it starts from the next point instead.
struct PointRefinement {
  let kernel: any MarkovKernel
  let steps: Int

  static let automatic = "auto"

  /// - Parameter name: Of a Markov kernel; "auto" for mala where there is a score, and random-walk elsewhere.
  init(kernel name: String, steps: Int, hasScore: Bool) throws {
    let chosen = name != Self.automatic ? name : hasScore ? "mala" : "random-walk"
    kernel = try markovKernels.entry(chosen).make(.object(JSONObject()))
    self.steps = steps
  }

  /// Moves points, [n, D], and writes log ρ of each, [n].
  /// - Returns: What happened in the second half, and the step size there.
  func move(
    _ x: UnsafeMutablePointer<Float>, logDensity: UnsafeMutablePointer<Float>, count: Int,
    _ density: CountedDensity, _ stream: RandomStream, pool: ThreadPool, _ poll: () throws -> Void
  ) throws -> (info: ChainInfo, stepSize: Double) {
    let d = density.dimension
    let chains = try MarkovChains(kernel, density.base, count: count, pool: pool)
    defer { density.count(energyCalls: chains.energyCalls, gradientCalls: chains.gradientCalls) }
    try start(chains, from: x, count: count)
    var info = ChainInfo()
    for step in 0..<steps {
      try poll()
      let isLearning = 2 * step < steps
      let happened = try chains.step(stream, adapting: isLearning)
      if !isLearning { info += happened }
    }
    let (state, replicas) = (chains.state, chains.state.replicas)
    for row in 0..<count {
      (x + row * d).update(from: state.x + row * replicas * d, count: d)
      logDensity[row] = state.logDensity[row * replicas]
    }
    return (info, state.tunings[0].stepSize)
  }

  private func start(
    _ chains: MarkovChains, from x: UnsafeMutablePointer<Float>, count: Int
  ) throws {
    let d = chains.state.dimension
    for attempt in 0...count {
      do {
        return try chains.start(from: Points(x, count: count, dimension: d))
      } catch ChainError.start(let chain, _, _) where attempt < count {
        (x + chain * d).update(from: x + (chain + 1) % count * d, count: d)
      }
    }
  }
}
