import Optimizers
import TestSupport
import Testing

/// PyTorch's `ReduceLROnPlateau` (mode min, threshold mode rel, no cool-down) on the factor.
private struct Oracle {
  let config: PlateauConfig
  private var best = Double.infinity
  private var failures = 0
  private(set) var factor = 1.0

  init(_ config: PlateauConfig) { self.config = config }

  mutating func step(_ metric: Double) {
    if metric < best * (1 - config.plateauThreshold) {
      (best, failures) = (metric, 0)
    } else {
      failures += 1
    }
    if failures > config.plateauPatience {
      (factor, failures) = (max(factor * config.dropFactor, config.rateFloor), 0)
    }
  }
}

@Suite("The plateau")
struct PlateauTests {
  func config(window: Int = 1, patience: Int = 2) -> PlateauConfig {
    var config = PlateauConfig()
    (config.plateauWindow, config.plateauPatience) = (window, patience)
    (config.plateauThreshold, config.dropFactor, config.rateFloor) = (0.01, 0.5, 0.01)
    return config
  }

  /// Losses that fall more and more slowly, with noise; all positive.
  let losses = spread(200, scale: 0.3).enumerated().map {
    1 / (1 + Double($0.offset)) + 1 + Double($0.element)
  }

  @Test("does what PyTorch's does", arguments: [0, 1, 5])
  func oracle(_ patience: Int) throws {
    var plateau = try Plateau(config(patience: patience))
    var oracle = Oracle(config(patience: patience))
    var distinct = Set<Double>()
    for (done, loss) in losses.enumerated() {
      plateau.observe(loss, after: done)
      oracle.step(loss)
      #expect(plateau.factor(after: done + 1, of: 200) == oracle.factor)
      distinct.insert(oracle.factor)
    }
    #expect(distinct.count > 3)
  }

  @Test("judges means of whole windows")
  func windows() throws {
    var (fine, coarse) = (try Plateau(config()), try Plateau(config(window: 4)))
    for done in 0..<200 {
      coarse.observe(losses[done], after: done)
      if done % 4 == 3 {
        fine.observe(losses[done - 3...done].reduce(0, +) / 4, after: done)
        #expect(fine.factor(after: done, of: 200) == coarse.factor(after: done, of: 200))
      }
    }
    #expect(fine.factor(after: 200, of: 200) < 1)
  }

  @Test("sees progress in losses below zero")
  func negative() throws {
    var plateau = try Plateau(config())
    for done in 0..<50 { plateau.observe(-100 - 5 * Double(done), after: done) }
    #expect(plateau.factor(after: 50, of: 50) == 1)
    for done in 50..<53 { plateau.observe(-345, after: done) }
    #expect(plateau.factor(after: 53, of: 60) == 0.5)
  }

  @Test("goes on from its state, within a window and after a warm-up")
  func roundTrip() throws {
    var straight: any Schedule = WarmUp(steps: 5, then: try Plateau(config(window: 3)))
    var resumed: any Schedule = WarmUp(steps: 5, then: try Plateau(config(window: 3)))
    for (done, loss) in losses.enumerated() {
      straight.observe(loss, after: done)
      if done == 100 { resumed.state = straight.state }
      if done > 100 { resumed.observe(loss, after: done) }
    }
    #expect(resumed.state == straight.state && straight.state.count == 5)
    #expect(straight.factor(after: 200, of: 200) < 1)
  }

  @Test("does not see the losses of a warm-up")
  func warmUp() throws {
    var schedule = WarmUp(steps: 50, then: try Plateau(config(patience: 0)))
    for done in 0..<50 { schedule.observe(1, after: done) }
    #expect(schedule.factor(after: 50, of: 100) == 1)
    for done in 50..<52 { schedule.observe(1, after: done) }
    #expect(schedule.factor(after: 52, of: 100) == 0.5)
  }
}
