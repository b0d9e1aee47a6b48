import Objectives
import TestSupport
import Testing

@testable import Samplers

@Suite("Policy gradients on the steps of a prior")
struct PolicyGradientTests {
  /// Two steps of four paths, the third of which does not count.
  private func record(_ log: (_ path: Int) -> (q: Double, p: Double, r: Double)) -> PathRecord {
    var record = PathRecord(paths: 4, steps: 2)
    for path in 0..<4 {
      for i in [path, 4 + path] {
        (record.logForward[i], record.logBackward[i]) = (log(path).q / 2, log(path).p / 2)
      }
      record.logDensity[path] = log(path).r
    }
    record.counts[2] = false
    return record
  }

  private func slopes(
    _ kind: PolicyGradientKind, penalty: Double = 0.1, _ record: PathRecord
  ) throws -> [Double] {
    var config = PolicyGradientConfig()
    (config.kind, config.penalty) = (kind, penalty)
    var adjoints = PathAdjoints(for: record)
    let objective = try #require(try config.makeObjective())
    _ = objective.evaluate(record, logZ: 0, adjoints: &adjoints)
    #expect(adjoints.logForward[..<4] == adjoints.logForward[4...])
    #expect(adjoints.logForward[2] == 0)
    return [0, 1, 3].map { adjoints.logForward[$0] }
  }

  @Test("makes paths of greater reward likelier, in units of the rewards' deviation")
  func reward() throws {
    let record = record { path in (-1, -1, [0.3, 0.1, 99, 0.2][path]) }
    // log r is 0.1 apart, with mean 0.2 and deviation 0.1 √(2/3).
    let unit = 1 / (3 * (2.0 / 3).squareRoot())
    expect(try slopes(.ddpo, record), equals: [-unit, unit, 0], within: .absolute(1e-6))
  }

  @Test("holds paths near the prior by the weight of a penalty")
  func penalty() throws {
    let record = record { path in ([-1, -3, 0, -2][path], -2, 0.5) }
    // With one reward for all, what is left is w times the gradient of the penalty; log q - log p is 1, -1, 0.
    expect(
      try slopes(.reinforce, record), equals: [0.2 / 3, -0.2 / 3, 0], within: .absolute(1e-9))
    expect(try slopes(.dpok, record), equals: [0.1 / 3, -0.1 / 3, 0], within: .absolute(1e-12))
    expect(try slopes(.ddpo, record), equals: [0, 0, 0], within: .absolute(1e-9))
  }

  @Test("rests at the posterior with the posterior's own penalty, and elsewhere without")
  func rest() throws {
    let posterior = record { path in
      let (p, r) = (-2.0 - Double(path), 0.4 * Double(path))
      return (p + r - 0.7, p, r)
    }
    expect(
      try slopes(.dpok, penalty: 1, posterior), equals: [0, 0, 0], within: .absolute(1e-12))
    #expect(try slopes(.dpok, penalty: 0.1, posterior).contains { $0.magnitude > 0.05 })
  }
}
