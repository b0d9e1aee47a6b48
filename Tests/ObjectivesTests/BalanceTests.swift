import Objectives
import Storage
import TestSupport
import Testing

/// Sub-trajectory balance by its definition: all pairs of states.
private func allPairs(_ record: PathRecord, weight: (Int) -> Double) -> Double {
  let (paths, steps) = (record.paths, record.steps)
  var (sum, total) = (0.0, 0.0)
  for i in 0..<steps {
    for j in i + 1...steps { total += weight(j - i) }
  }
  for path in 0..<paths {
    for i in 0..<steps {
      var residual = record.logFlow(i, of: path)
      for j in i + 1...steps {
        let k = (j - 1) * paths + path
        residual += record.logForward[k] - record.logBackward[k]
        let difference = residual - record.logFlow(j, of: path)
        sum += weight(j - i) * difference * difference
      }
    }
  }
  return sum / total / Double(paths)
}

private func loss(_ objective: any PathObjective, _ record: PathRecord, logZ: Double = 0) -> Double
{
  var adjoints = PathAdjoints(for: record)
  return objective.evaluate(record, logZ: logZ, adjoints: &adjoints)
}

private func subTrajectory(_ lambda: Double) throws -> SubTrajectoryBalance {
  var config = SubTrajectoryConfig()
  config.lambda = lambda
  return try SubTrajectoryBalance(config)
}

@Suite("Sub-trajectory balance")
struct SubTrajectoryBalanceTests {
  @Test(
    "is the weighted mean over all pairs of states", arguments: [0.3, 0.99, 1, 1.01, 2, 50],
    ObjectiveTests.shapes)
  func definition(_ lambda: Double, _ shape: (Int, Int)) throws {
    let record = record(paths: shape.0, steps: shape.1)
    let truth = allPairs(record) { (0..<$0).reduce(1) { power, _ in power * lambda } }
    expect(try loss(subTrajectory(lambda), record), equals: truth, within: .relative(1e-12))
  }

  @Test("is as exact over a hundred steps", arguments: [0.5, 1, 2])
  func manySteps(_ lambda: Double) throws {
    let record = record(paths: 3, steps: 100)
    let truth = allPairs(record) { (0..<$0).reduce(1) { power, _ in power * lambda } }
    expect(try loss(subTrajectory(lambda), record), equals: truth, within: .relative(1e-11))
  }

  @Test("has the gradient of its differences over a hundred steps", arguments: [0.5, 2])
  func gradient(_ lambda: Double) throws {
    let (objective, record) = (try subTrajectory(lambda), record(paths: 2, steps: 100))
    var adjoints = PathAdjoints(for: record)
    _ = objective.evaluate(record, logZ: 0, adjoints: &adjoints)
    for i in [0, 1, 57, 100, 101, 198, 199] {
      func slope(_ key: WritableKeyPath<PathRecord, [Double]>) -> Double {
        centralDifference { h in
          var moved = record
          moved[keyPath: key][i] += h
          return loss(objective, moved)
        }
      }
      let all = [adjoints.logForward[i], adjoints.logBackward[i], adjoints.logFlow[i]]
      let truth = [slope(\.logForward), slope(\.logBackward), slope(\.logFlow)]
      expect(all, equals: truth, within: .scaled(1e-8), "element \(i)")
    }
  }

  @Test("of whole paths only is twice trajectory balance", arguments: [1e30, 1e300])
  func wholePaths(_ lambda: Double) throws {
    for (paths, steps) in ObjectiveTests.shapes + [(1, 100)] {
      var record = record(paths: paths, steps: steps)
      for path in 0..<paths { record.logFlow[path] = 0.4 }
      let whole = 2 * loss(TrajectoryBalance(), record, logZ: 0.4)
      expect(try loss(subTrajectory(lambda), record), equals: whole, within: .relative(1e-12))
    }
  }

  @Test("of single steps only is detailed balance, over half the number of steps")
  func singleSteps() throws {
    for (paths, steps) in ObjectiveTests.shapes + [(1, 100)] {
      let record = record(paths: paths, steps: steps)
      let single = 2 * loss(DetailedBalance(), record) / Double(steps)
      expect(try loss(subTrajectory(1e-30), record), equals: single, within: .relative(1e-12))
      expect(allPairs(record) { $0 == 1 ? 1 : 0 }, equals: single, within: .relative(1e-12))
    }
  }

  @Test("refuses a base that is no positive number", arguments: [0, -1, .nan, .infinity])
  func refusals(_ lambda: Double) {
    #expect(throws: ConfigError.self) { try subTrajectory(lambda) }
  }
}

@Suite("Detailed balance")
struct DetailedBalanceTests {
  @Test("is half the sum of the steps' squared residuals, averaged over paths")
  func closedForm() {
    var record = PathRecord(paths: 1, steps: 2, hasFlow: true)
    (record.logForward, record.logBackward) = ([1, 2], [0.5, -1])
    (record.logFlow, record.logDensity) = ([3, 1], [2])
    var adjoints = PathAdjoints(for: record)
    let loss = DetailedBalance().evaluate(record, logZ: 9, adjoints: &adjoints)
    #expect(loss == 0.5 * (2.5 * 2.5 + 2 * 2))
    #expect(adjoints.logForward == [2.5, 2] && adjoints.logBackward == [-2.5, -2])
    #expect(adjoints.logFlow == [2.5, -0.5])
  }
}

@Suite("The log-variance objective")
struct LogVarianceTests {
  @Test("is half the variance of the log-weights, whatever log Z")
  func closedForm() {
    var record = PathRecord(paths: 2, steps: 1)
    (record.logForward, record.logBackward, record.logDensity) = ([1, 2], [0.5, -1], [2, 0])
    #expect(loss(LogVariance(), record, logZ: 5) == 0.5 * 2.25 * 2.25)
  }

  @Test("is trajectory balance at a log Z that is given")
  func center() {
    var record = record(paths: 17, steps: 3)
    record.center = 0.4
    let truth = loss(TrajectoryBalance(), record, logZ: 0.4)
    expect(loss(LogVariance(), record), equals: truth, within: .relative(1e-12))
  }

  @Test("is trajectory balance at the best log Z")
  func balance() {
    let record = record(paths: 17, steps: 3)
    let best = LogVariance().logZ(record, learned: 0)
    let truth = loss(TrajectoryBalance(), record, logZ: best)
    expect(loss(LogVariance(), record), equals: truth, within: .relative(1e-12))
  }
}
