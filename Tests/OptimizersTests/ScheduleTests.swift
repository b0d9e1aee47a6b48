import Foundation
import Optimizers
import TestSupport
import Testing

@Suite("Every schedule")
struct ScheduleTests {
  static func config(_ name: String, _ warmUp: Int = 0) -> OptimizerConfig {
    var config = OptimizerConfig()
    (config.schedule, config.warmUpSteps) = (name, warmUp)
    return config
  }

  func factors(_ schedule: any Schedule, _ steps: Int) -> [Double] {
    (0..<steps).map { schedule.factor(after: $0, of: steps) }
  }

  @Test("begins with 1, never rises, and stays in [0, 1]", arguments: schedules.names)
  func laws(_ name: String) throws {
    let factors = factors(try Self.config(name).makeSchedule(), 3000)
    #expect(factors[0] == 1 && factors.allSatisfy { (0...1).contains($0) })
    #expect(zip(factors, factors.dropFirst()).allSatisfy { $0 >= $1 })
  }

  @Test("takes small steps, but for drops", arguments: schedules.names)
  func continuity(_ name: String) throws {
    for warmUp in [0, 100] {
      let factors = factors(try Self.config(name, warmUp).makeSchedule(), 3000)
      let jumps = zip(factors, factors.dropFirst()).map { ($0 - $1).magnitude }
      #expect(jumps.count { $0 > 0.011 } == (name == "step" ? 2 : 0))
    }
  }

  @Test("rises linearly to 1 before it begins", arguments: schedules.names)
  func warmUp(_ name: String) throws {
    let plain = factors(try Self.config(name).makeSchedule(), 2000)
    let warm = try Self.config(name, 9).makeSchedule()
    #expect((0..<9).map { warm.factor(after: $0, of: 2009) } == (1...9).map { Double($0) / 10 })
    #expect((9..<2009).map { warm.factor(after: $0, of: 2009) } == plain)
  }

  @Test("allows for no steps at all, and for more than were planned", arguments: schedules.names)
  func extremes(_ name: String) throws {
    for warmUp in [0, 3] {
      let schedule = try Self.config(name, warmUp).makeSchedule()
      for (done, steps) in [(0, 0), (0, 1), (5, 4), (1_000_000, 10)] {
        #expect((0...1).contains(schedule.factor(after: done, of: steps)))
      }
    }
  }
}

@Suite("The schedule")
struct ClosedFormTests {
  func fall(_ fraction: Double, _ floor: Double, _ shape: FinalFall.Shape) throws -> FinalFall {
    var config = FallConfig()
    (config.decayFraction, config.rateFloor) = (fraction, floor)
    return try FinalFall(config, shape)
  }

  @Test("linear falls straight over its part of the steps, to its floor")
  func linear() throws {
    let schedule = try fall(0.25, 0.2, .linear)
    for done in 0...80 {
      let truth = done < 60 ? 1 : 0.2 + 0.8 * Double(80 - done) / 20
      expect(schedule.factor(after: done, of: 80), equals: truth, within: .absolute(1e-15))
    }
    let last = try fall(0.25, 0, .linear)
    #expect([0, 75, 80, 99, 100].map { last.factor(after: $0, of: 100) } == [1, 1, 0.8, 0.04, 0])
    let none = try fall(0, 0.5, .linear)
    #expect((0...80).allSatisfy { none.factor(after: $0, of: 80) == 1 })
  }

  @Test("cosine falls along half a period, to its floor")
  func cosine() throws {
    let schedule = try fall(1, 0.1, .cosine)
    for done in 0...80 {
      let truth = 0.1 + 0.9 * (1 + cos(Double.pi * Double(done) / 80)) / 2
      expect(schedule.factor(after: done, of: 80), equals: truth, within: .absolute(1e-14))
    }
    #expect(schedule.factor(after: 40, of: 80) == 0.1 + 0.9 * 0.5)
  }

  @Test("inverse-square-root after a warm-up is the Transformer's")
  func inverseSquareRoot() throws {
    var config = InverseSquareRootConfig()
    config.timescale = 100
    let schedule = WarmUp(steps: 99, then: try InverseSquareRoot(config))
    for n in 1...1000 {
      let truth = min(Double(n) / 100, (100 / Double(n)).squareRoot())
      expect(schedule.factor(after: n - 1, of: 1000), equals: truth, within: .absolute(1e-15))
    }
  }

  @Test("step drops at whole multiples, down to its floor")
  func step() throws {
    var config = StepScheduleConfig()
    (config.dropEvery, config.dropFactor, config.rateFloor) = (3, 0.5, 0.2)
    let schedule = try StepSchedule(config)
    #expect(
      (0..<10).map { schedule.factor(after: $0, of: 10) }
        == [1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.2])
  }
}
