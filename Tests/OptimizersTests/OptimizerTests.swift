import Optimizers
import Tensors
import TestSupport
import Testing

@Suite("Every optimiser")
struct OptimizerTests {
  /// The rows, without and with weight decay; Nesterov's momentum; numbers that are not the defaults.
  static let configs =
    optimizers.names.flatMap { [settings($0), settings($0, weightDecay: 0.1)] }
    + [settings("sgd", nesterov: true), settings("sgd", weightDecay: 0.1, nesterov: true)]
    + unusual

  static let unusual = optimizers.names.map { name in
    var config = settings(name, weightDecay: 0.02)
    if name == "sgd" { config.momentum = 0.5 }
    if name != "sgd" {
      (config.momentDecay, config.varianceDecay, config.epsilon) = (0.8, 0.9, 0.1)
    }
    return config
  }

  @Test(
    "does what PyTorch's does for a hundred steps, each group at its rates, whatever the factors",
    arguments: configs)
  func oracles(_ config: OptimizerConfig) throws {
    let set = smallSet()
    let optimizer = try config.makeOptimizer(for: set)
    var (values, groups) = (set.numbers, set.groups)
    var oracles = try values.map { _ in try #require(oracle(config)) }
    for step in 0..<100 {
      let gradient = spread(set.count, seed: UInt64(step))
      let (factor, clip) = (1 / (1 + 0.05 * Double(step)), step % 3 == 0 ? 0.25 : 1)
      optimizer.update(gradient, factor: factor, gradientFactor: clip)
      for i in values.indices {
        let isNetwork = groups[i] == .network
        oracles[i].update(
          &values[i], clip * Double(gradient[i]), rate: factor * (isNetwork ? 0.01 : 0.05),
          decay: isNetwork ? config.weightDecay : 0)
      }
    }
    #expect(optimizer.step == 100)
    expect(set.numbers, equals: values, within: .scaled(2e-5))
  }

  @Test("finds the minimum of a parabola and keeps the transposes in step", arguments: configs)
  func parabola(_ config: OptimizerConfig) throws {
    let set = smallSet()
    let optimizer = try config.makeOptimizer(for: set)
    let goal = spread(set.count, seed: 8)
    for step in 0..<2000 {
      let gradient = goal.indices.map { set.values[$0] - goal[$0] }
      optimizer.update(gradient, factor: 1 - Double(step) / 2000)
    }
    // An L2 penalty λ moves the minimum to goal / (1 + λ); where AdamW ends has no closed form.
    let decay = config.weightDecay
    let truth = zip(goal, set.groups).map { Double($0) / ($1 == .network ? 1 + decay : 1) }
    if config.name != "adamw" || decay == 0 {
      expect(set.numbers, equals: truth, within: .absolute(1e-3))
    }
    let isTransposed = (0..<15).allSatisfy {
      set.transposes[$0 % 5 * 3 + $0 / 5] == set.values[$0]
    }
    #expect(isTransposed)
  }

  @Test("follows Rosenbrock's valley to its end", arguments: configs.filter { $0.weightDecay == 0 })
  func rosenbrock(_ config: OptimizerConfig) throws {
    let set = ParameterSet()
    _ = set.add("point", Shape(2), .constant(-1))
    set.initialize(seed: 0)
    var config = config
    config.learningRate = config.name == "sgd" ? 2e-4 : 1e-2
    let optimizer = try config.makeOptimizer(for: set)
    for _ in 0..<20_000 {
      let (x, y) = (set.values[0], set.values[1])
      optimizer.update([2 * (x - 1) - 400 * x * (y - x * x), 200 * (y - x * x)])
    }
    expect(set.numbers, equals: [1, 1], within: .absolute(1e-2))
  }

  @Test("goes on with the same bits from its saved buffers", arguments: configs)
  func roundTrip(_ config: OptimizerConfig) throws {
    let (whole, first, second) = (smallSet(), smallSet(), smallSet())
    let straight = try config.makeOptimizer(for: whole)
    let before = try config.makeOptimizer(for: first)
    let after = try config.makeOptimizer(for: second)
    for step in 0..<20 { straight.update(spread(33, seed: UInt64(step))) }
    for step in 0..<9 { before.update(spread(33, seed: UInt64(step))) }
    second.values.update(from: first.values, count: 33)
    for (old, new) in zip(before.buffers, after.buffers) {
      #expect(old.name == new.name && old.values.contains { $0 != 0 })
      _ = new.values.update(from: old.values)
    }
    after.step = before.step
    for step in 9..<20 { after.update(spread(33, seed: UInt64(step))) }
    #expect(second.numbers == whole.numbers)
  }

  @Test("leaves a group with a rate of zero where it is", arguments: configs)
  func frozen(_ config: OptimizerConfig) throws {
    let set = smallSet()
    let rule = try config.makeOptimizer(for: set).rule
    let optimizer = Optimizer(rule, set) {
      GroupSettings(learningRate: $0 == .logZ ? 0.1 : 0, weightDecay: 0.1)
    }
    for step in 0..<5 { optimizer.update(spread(33, seed: UInt64(step))) }
    let moved = zip(set.numbers, smallSet().numbers).map { $0 != $1 }
    #expect(moved == set.groups.map { $0 == .logZ })
  }

  @Test("takes an empty set")
  func empty() throws {
    for name in optimizers.names {
      let set = ParameterSet()
      set.initialize(seed: 0)
      let optimizer = try settings(name).makeOptimizer(for: set)
      optimizer.update([0])
      #expect(optimizer.buffers.allSatisfy { $0.values.isEmpty })
    }
  }
}
