import Diffusions
import KernelTables
import Kernels
import Storage
import TestSupport
import Testing

@Suite("Processes")
struct ProcessTests {
  func config(_ kind: String, steps: Int = 7, variance: Double = 1.7) -> ProcessConfig {
    var config = ProcessConfig()
    (config.kind, config.steps, config.variance) = (kind, steps, variance)
    return config
  }

  func logNormal(_ residual: Double, _ variance: Double) -> Double {
    -0.5 * (residual * residual / variance + scalarLog(2 * .pi * variance))
  }

  /// log P_F - log P_B of the steps of a path in one dimension, without a drift, in closed form.
  func logRatio(_ table: StepTable, _ path: [Double]) -> Double {
    zip(table.coefficients, zip(path, path.dropFirst())).reduce(0) { sum, step in
      let (c, (x, next)) = step
      let forward = logNormal(next - c.retention * x, c.duration * scalarExp(c.logVariance))
      guard c.backwardVariance > 0 else { return sum + forward }
      return sum + forward - logNormal(x - c.backwardRetention * next, c.backwardVariance)
    }
  }

  /// Exactly so for motion and for rest; for Euler steps as these grow fine.
  @Test("end in their marginal when nothing drives them, whatever path they take")
  func reversible() throws {
    let wild = spread(201, seed: 3).map { 1.5 * Double($0) }
    for kind in ["pinned-brownian", "variance-preserving"] {
      let process = try PathProcess(config(kind))
      let table = StepTable(process)
      var path = Array(wild.prefix(8))
      if !process.hasRandomStart { path[0] = 0 }
      let start = process.hasRandomStart ? logNormal(path[0], 1.7) : 0
      expect(
        start + logRatio(table, path), equals: logNormal(path[7], 1.7), within: .scaled(1e-9), kind)
    }
  }

  @Test("at rest stay at rest, Euler steps in the limit")
  func rest() throws {
    for (kind, steps, tolerance) in [
      ("variance-preserving", 7, 1e-12), ("time-reversal", 4000, 5e-3),
    ] {
      let table = StepTable(try PathProcess(config(kind, steps: steps)))
      var (forward, backward) = (1.7, 1.7)
      for c in table.coefficients {
        forward = c.retention * c.retention * forward + c.duration * scalarExp(c.logVariance)
      }
      for c in table.coefficients.reversed() {
        backward = c.backwardRetention * c.backwardRetention * backward + c.backwardVariance
      }
      expect(backward, equals: 1.7, within: .relative(tolerance), kind)
      expect(forward, equals: 1.7, within: .relative(tolerance), kind)
    }
  }

  @Test("are refused with the key of a number that makes no sense")
  func refused() {
    for (kind, change, key) in [
      ("nothing", { (c: inout ProcessConfig) in c.variance = 1 }, "kind"),
      ("variance-preserving", { (c: inout ProcessConfig) in c.rateEnd = -1 }, "rate_end"),
      ("pinned-brownian", { (c: inout ProcessConfig) in c.rateEnd = 3 }, "rate_end"),
      ("pinned-brownian", { (c: inout ProcessConfig) in c.variance = 0 }, "variance"),
    ] {
      var config = config(kind)
      change(&config)
      do {
        _ = try PathProcess(config)
        Issue.record("\(kind) was accepted")
      } catch let error as ConfigError {
        #expect("\(error)".contains(key), "\(error)")
      } catch { Issue.record("\(error)") }
    }
  }

  @Test("cut time into rising steps from 0 to 1", arguments: TimeGrid.allCases, [1, 2, 7, 100])
  func grids(_ grid: TimeGrid, _ steps: Int) throws {
    var config = config("pinned-brownian", steps: steps)
    config.grid = grid
    let table = StepTable(try PathProcess(config))
    var seen = Set<[Double]>()
    for index in 0..<20 {
      table.draw(RandomStream(seed: 5).folding(UInt64(index)))
      let times = table.startTimes + [table.endTimes[steps - 1]]
      #expect(times[0] == 0 && times[steps] == 1 && table.startTimes.count == steps)
      #expect(zip(times, times.dropFirst()).allSatisfy { $0 < $1 })
      let lengths = zip(times, times.dropFirst()).map { $1 - $0 }
      if grid == .random {
        #expect((lengths.max() ?? 0) <= 10 * (lengths.min() ?? 0) * (1 + 1e-9))
      }
      #expect(zip(table.coefficients, lengths).allSatisfy { $0.duration == $1 })
      seen.insert(times)
    }
    #expect(seen.count == (grid.isDrawn && steps > 1 ? 20 : 1))
  }

  @Test("cut time into lengths that fall in equal proportions, drawn or not")
  func geometric() throws {
    var config = config("pinned-brownian", steps: 5)
    (config.grid, config.gridRatio) = (.geometric, 16)
    let table = StepTable(try PathProcess(config))
    table.draw(RandomStream(seed: 5))
    for (step, duration) in table.coefficients.map(\.duration).enumerated() {
      #expect(abs(duration * 31 - [16, 8, 4, 2, 1][step]) < 1e-12)
    }
  }
}
