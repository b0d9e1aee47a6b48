import Kernels
import Metrics

/// What repeats of particle methods have drawn and spent.
struct ParticleRecord {
  private var x: [Float] = []
  private var logDensity: [Double] = []
  private var info = ChainInfo()
  private var stepSize = 0.0
  private var calls = (energy: 0, gradient: 0)

  /// Adds a repeat.
  mutating func append(_ bridge: Bridge) {
    let state = bridge.chains.state
    x.append(
      contentsOf: UnsafeBufferPointer(start: state.x, count: state.rows * state.dimension))
    for row in 0..<state.rows { logDensity.append(Double(state.logDensity[row])) }
    info += bridge.info
    stepSize = bridge.stepSize
    count(bridge)
  }

  /// Adds what a bridge has spent.
  mutating func count(_ bridge: Bridge) {
    calls.energy += bridge.chains.energyCalls
    calls.gradient += bridge.chains.gradientCalls
  }

  /// Everything as draws.
  func draws(
    _ plan: ChainPlan, chains: Int, dimension: Int, _ schedule: BridgeSchedule,
    _ figures: [Metric]
  ) -> ChainDraws {
    ChainDraws(
      config: plan.resolved, x: x, logDensity: logDensity, chains: chains, dimension: dimension,
      energyCalls: calls.energy, gradientCalls: calls.gradient, warmUpEnergyCalls: 0, info: info,
      stepSizes: [stepSize], temperatures: schedule.betas.map { 1 / $0 }, swapAcceptance: [],
      figures: figures)
  }
}
