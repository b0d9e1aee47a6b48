import Densities
import Kernels
import Samplers
import Storage
import Synchronization
import TestSupport
import Testing
import Training

private struct Refusal: Error, Equatable { let call: Int }

@Suite("A density that fails")
struct FailureTests {
  /// Breaks a normal density from one of its calls on.
  func failing(from call: Int, _ fail: @escaping @Sendable (Int) throws -> Float) -> NamedDensity {
    let calls = Mutex(0)
    return NamedDensity(
      custom: FunctionDensity(dimension: 2) { x, out, _ in
        let now = calls.withLock {
          $0 += 1
          return $0
        }
        for row in 0..<x.count { out[row] = x[row].reduce(0) { $0 - 0.5 * $1 * $1 } }
        if now >= call { out[1] = try fail(now) }
      })
  }

  @Test("by throwing stops with its own error and leaves the last whole step")
  func throwing() throws {
    let healthy = try smallRun(failing(from: .max) { _ in 0 }, ["steps": 3])
    try healthy.train()
    let run = try smallRun(failing(from: 4) { throw Refusal(call: $0) })
    #expect(throws: Refusal(call: 4)) { try run.train() }
    #expect(run.stepsDone == 3 && run.history.count == 3)
    // The schedule of exploration depends on the number of steps, hence the first run's own.
    let same = try smallRun(failing(from: 4) { throw Refusal(call: $0) }, ["steps": 3])
    try same.train()
    #expect(same.checksum == healthy.checksum)
    let parameters = run.checksum
    #expect(throws: Refusal(call: 5)) { try run.train() }
    #expect(run.checksum == parameters)
    #expect(throws: Refusal.self) { try run.sample(5, seed: 1) }
  }

  @Test(
    "by a NaN or an infinity stops with the point, as it is told",
    arguments: [Float.nan, .infinity])
  func stopping(_ value: Float) throws {
    let run = try smallRun(failing(from: 3) { _ in value })
    let error = #expect(throws: NumericalError.self) { try run.train() }
    #expect(run.stepsDone == 2)
    #expect(error?.count == 1 && error?.total == 70 && error?.place == "step 3")
    #expect(error?.point?.count == 2)
    #expect(throws: NumericalError.self) { try run.sample(5, seed: 1) }
  }

  @Test("by NaN on one path loses that path only, as it is told")
  func rejecting() throws {
    let run = try smallRun(failing(from: 3) { _ in .nan }, ["non_finite": "reject"])
    try run.train()
    #expect(run.stepsDone == 12 && run.history.last?.rejected == 10)
    #expect(run.history.allSatisfy { $0.loss.isFinite && $0.energyCalls == 70 * $0.step })
  }

  @Test("by NaN on all paths stops whatever it is told")
  func allLost() throws {
    let nothing = FunctionDensity(dimension: 1) { x, out, _ in
      for row in 0..<x.count { out[row] = .nan }
    }
    let run = try smallRun(NamedDensity(custom: nothing), ["non_finite": "reject"])
    #expect(throws: NumericalError.self) { try run.train() }
    #expect(run.stepsDone == 0)
  }

  @Test("by a NaN in its score stops, or loses that path", arguments: ["stop", "reject"])
  func scores(_ policy: String) throws {
    let density = DifferentiableFunctionDensity(dimension: 1) { x, out, score in
      for row in 0..<x.count {
        out[row] = -0.5 * x.data[row] * x.data[row]
        score?[row] = x.data[row] > 1 ? .nan : -x.data[row]
      }
    }
    let run = try smallRun(NamedDensity(custom: density), ["non_finite": .string(policy)])
    if policy == "stop" {
      let error = #expect(throws: NumericalError.self) { try run.train() }
      #expect((error?.point?[0] ?? 0) > 1 && error?.place == "step 1")
    } else {
      try run.train()
      #expect((run.history.last?.rejected ?? 0) > 0)
      #expect(run.history.allSatisfy { $0.loss.isFinite })
    }
  }

  @Test("to have a score is refused where one is asked for")
  func noScore() throws {
    let density = NamedDensity(custom: normalFunction(dimension: 1, mean: 0))
    #expect(throws: ConfigError.self) { try smallRun(density, ["network": ["langevin": "on"]]) }
    #expect(try smallRun(density).gradientCalls == 0)
  }
}
