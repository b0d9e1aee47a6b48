import Optimizers
import Storage
import TestSupport
import Testing

@Suite("An average of parameters")
struct ParameterAverageTests {
  typealias Start = ParameterAverageConfig.Start

  func config(_ start: Start, _ decay: Double = 0.9) -> ParameterAverageConfig {
    var config = ParameterAverageConfig()
    (config.start, config.decay) = (start, decay)
    return config
  }

  /// The weights of the first value and of the values after each of t updates; their sum is 1.
  func weights(_ start: Start, _ t: Int) -> [Double] {
    let decays = (1...t).map { n -> Double in
      switch start {
      case .parameters: 0.9
      case .corrected: n == 1 ? 0 : 0.9 * (1 - power(0.9, n - 1)) / (1 - power(0.9, n))
      case .warmUp: min(0.9, Double(n) / Double(9 + n))
      }
    }
    return (0...t).map { i in
      (i == 0 ? 1 : 1 - decays[i - 1]) * decays.dropFirst(i).reduce(1, *)
    }
  }

  func power(_ x: Double, _ n: Int) -> Double { (0..<n).reduce(1) { y, _ in y * x } }

  @Test("is the weighted mean that its formula says", arguments: Start.allCases)
  func closedForm(_ start: Start) throws {
    let set = smallSet()
    let average = try ParameterAverage(config(start), of: set)
    var seen = [set.numbers]
    for step in 1...30 {
      for (i, x) in spread(33, seed: UInt64(step)).enumerated() { set.values[i] = x }
      seen.append(set.numbers)
      average.update()
    }
    let weights = weights(start, 30)
    expect(weights.reduce(0, +), equals: 1, within: .relative(1e-12))
    let mean = (0..<33).map { i in zip(weights, seen).reduce(0) { $0 + $1.0 * $1.1[i] } }
    expect(average.values.map { Double($0) }, equals: mean, within: .scaled(1e-6))
    #expect(average.updates == 30)
  }

  @Test("corrected, has Adam's weights d^(t - i), normalised")
  func corrected() {
    let powers = (1...30).map { power(0.9, 30 - $0) }
    let normalised = powers.map { $0 / powers.reduce(0, +) }
    expect(weights(.corrected, 30), equals: [0] + normalised, within: .absolute(1e-14))
  }

  @Test("of what does not change is that, to the bit", arguments: Start.allCases)
  func constant(_ start: Start) throws {
    let set = smallSet()
    let average = try ParameterAverage(config(start, 0.999), of: set)
    for _ in 0..<50 { average.update() }
    #expect(average.values.map { Double($0) } == set.numbers)
  }

  @Test("goes on with the same bits from its saved numbers", arguments: Start.allCases)
  func roundTrip(_ start: Start) throws {
    let set = smallSet()
    let straight = try ParameterAverage(config(start), of: set)
    var resumed = straight
    for step in 0..<20 {
      for (i, x) in spread(33, seed: UInt64(step)).enumerated() { set.values[i] = x }
      straight.update()
      if step == 9 {
        resumed = try ParameterAverage(config(start), of: set)
        resumed.restore(Array(straight.values), updates: straight.updates)
      } else if step > 9 {
        resumed.update()
      }
    }
    #expect(resumed !== straight && Array(resumed.values) == Array(straight.values))
  }

  @Test("changes places with the parameters, transposes included, and back")
  func swapping() throws {
    let set = smallSet()
    let average = try ParameterAverage(config(.parameters), of: set)
    let before = set.numbers
    for i in 0..<33 { set.values[i] += 1 }
    let now = set.numbers
    average.swapWithParameters()
    #expect(set.numbers == before && average.values.map { Double($0) } == now)
    #expect(set.transposes[1] == set.values[5])
    average.swapWithParameters()
    #expect(set.numbers == now)
  }

  @Test("refuses a decay that forgets nothing")
  func decay() {
    #expect(throws: ConfigError.self) {
      try ParameterAverage(config(.corrected, 1), of: smallSet())
    }
  }
}
