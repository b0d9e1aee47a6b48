import Optimizers
import Tensors
import TestSupport
import Testing

/// Adam of one number, from the paper.
struct ScalarAdam {
  let config: OptimizerConfig
  let group: ParameterGroup
  private var (moment, variance) = (0.0, 0.0)
  private var (momentPower, variancePower) = (1.0, 1.0)

  init(_ config: OptimizerConfig, _ group: ParameterGroup) {
    (self.config, self.group) = (config, group)
  }

  mutating func update(_ value: inout Double, _ gradient: Double, factor: Double) {
    let slope = gradient + (group == .network ? config.weightDecay * value : 0)
    moment = config.momentDecay * moment + (1 - config.momentDecay) * slope
    variance = config.varianceDecay * variance + (1 - config.varianceDecay) * slope * slope
    momentPower *= config.momentDecay
    variancePower *= config.varianceDecay
    let root = (variance / (1 - variancePower)).squareRoot()
    value -=
      factor * config.learningRate(of: group) * moment / (1 - momentPower) / (root + config.epsilon)
  }
}

@Suite("Adam")
struct AdamTests {
  func set() -> ParameterSet {
    let set = ParameterSet()
    _ = set.add("weight", Shape(3, 5), .uniform(bound: 1))
    _ = set.add("log_z", Shape(1), .constant(0.5), group: .logZ)
    _ = set.add("bias", Shape(17), .normal(standardDeviation: 1))
    set.initialize(seed: 1)
    return set
  }

  @Test(
    "does what the paper says for a hundred steps, each group at its rate", arguments: [0, 0.1])
  func oracle(_ decay: Double) {
    let set = set()
    var config = OptimizerConfig()
    (config.learningRate, config.logZLearningRate, config.weightDecay) = (0.01, 0.05, decay)
    let adam = Adam(config, set)
    let groups = set.entries.flatMap { entry in
      [ParameterGroup](repeating: entry.group, count: entry.parameter.shape.count)
    }
    var values = (0..<set.count).map { Double(set.values[$0]) }
    var oracles = groups.map { ScalarAdam(config, $0) }
    for step in 0..<100 {
      let gradient = spread(set.count, seed: UInt64(step))
      let factor = config.rateFactor(after: step, of: 100)
      gradient.withUnsafeBufferPointer {
        if let base = $0.baseAddress { adam.update(gradient: base, factor: factor) }
      }
      for i in values.indices { oracles[i].update(&values[i], Double(gradient[i]), factor: factor) }
    }
    #expect(adam.step == 100)
    expect((0..<set.count).map { Double(set.values[$0]) }, equals: values, within: .scaled(2e-5))
  }

  @Test("finds the minimum of a quadratic and keeps the transposes in step")
  func quadratic() {
    let set = set()
    var config = OptimizerConfig()
    (config.learningRate, config.logZLearningRate) = (0.02, 0.02)
    let adam = Adam(config, set)
    let goal = spread(set.count, seed: 8)
    for _ in 0..<1000 {
      let gradient = goal.indices.map { set.values[$0] - goal[$0] }
      gradient.withUnsafeBufferPointer {
        if let base = $0.baseAddress { adam.update(gradient: base) }
      }
    }
    expect(
      (0..<set.count).map { Double(set.values[$0]) }, equals: goal.map { Double($0) },
      within: .absolute(1e-3))
    let isTransposed = (0..<15).allSatisfy {
      set.transposes[$0 % 5 * 3 + $0 / 5] == set.values[$0]
    }
    #expect(isTransposed)
  }

  @Test("learns ever more slowly over the last part of all steps")
  func schedule() {
    var config = OptimizerConfig()
    config.decayFraction = 0.25
    #expect(
      [0, 75, 80, 99, 100].map { config.rateFactor(after: $0, of: 100) } == [1, 1, 0.8, 0.04, 0])
    config.decayFraction = 0
    #expect([0, 99, 100].map { config.rateFactor(after: $0, of: 100) } == [1, 1, 1])
  }
}
