import Chains
import Densities
import Kernels
import Storage
import TestSupport
import Testing

@Suite("Chains at one condition")
struct OneConditionTests {
  /// N(x; c, 1) times a factor e^c in one dimension, for c = 0 … 3.
  let density = ConditionalFunctionDensity(
    DifferentiableFunctionDensity(dimension: 1) { x, values, score in
      guard let conditions = x.conditions else { preconditionFailure("points without conditions") }
      for row in 0..<x.count {
        let center = Float(conditions[row])
        let residual = x.data[row] - center
        values[row] = -0.5 * residual * residual - 0.918_938_5 + center
        score?[row] = 0 - residual
      }
    },
    FunctionConditions(features: [0, 1, 2, 3], count: 4, dimension: 1, trainingCount: 4))

  @Test("draw from its density", arguments: ["hmc", "smc", "random-walk"])
  func draws(_ method: String) throws {
    let draws = try drawChains(
      from: density,
      overrides: ["method": .string(method), "chains": 8, "draws": 1000, "condition": 3])
    let mean = draws.x.reduce(0) { $0 + Double($1) } / Double(draws.x.count)
    #expect((mean - 3).magnitude < 0.1, "\(mean)")
    guard method == "smc" else { return }
    let estimate = try #require(draws.figures.first { $0.name == "log-normalizer" })
    #expect((estimate.value - 3).magnitude < 0.05, "\(estimate.value)")
  }

  @Test("say which conditions there are", arguments: [-1, 4])
  func outside(_ condition: Int) {
    #expect {
      try drawChains(from: density, overrides: ["condition": .integer(Int64(condition))])
    } throws: { error in
      "\(error)".contains("'condition' is invalid: the density has 4 conditions, 0 to 3")
    }
  }

  @Test("are for densities that have conditions")
  func none() throws {
    let well = try builtIn("many-well", ["dimension": 4])
    #expect(throws: ConfigError.self) { try drawChains(from: well, overrides: ["condition": 0]) }
  }
}
