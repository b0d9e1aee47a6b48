import Objectives
import Storage
import TestSupport
import Testing

/// Log-probabilities and log flows that mean nothing.
func record(paths: Int, steps: Int) -> PathRecord {
  var record = PathRecord(paths: paths, steps: steps, hasFlow: true)
  record.logForward = spread(paths * steps, seed: 1).map { Double($0) }
  record.logBackward = spread(paths * steps, seed: 2).map { Double($0) }
  record.logDensity = spread(paths, seed: 3).map { Double($0) }
  record.logFlow = spread(paths * steps, seed: 4).map { Double($0) }
  return record
}

/// A record on which every path's log Z P_F equals log ρ P_B, and each step's F P_F equals F′ P_B.
func balanced(paths: Int, steps: Int, logZ: Double) -> PathRecord {
  var record = record(paths: paths, steps: steps)
  record.logDensity = [Double](repeating: 0, count: paths)
  for path in 0..<paths {
    record.logDensity[path] = logZ + record.logRatio(of: path)
    var flow = logZ
    for i in stride(from: path, to: paths * steps, by: paths) {
      record.logFlow[i] = flow
      flow += record.logForward[i] - record.logBackward[i]
    }
  }
  return record
}

@Suite("Every objective")
struct ObjectiveTests {
  static let shapes = [(1, 1), (3, 5), (5, 3), (17, 2), (2, 17)]

  func evaluate(
    _ name: String, _ record: PathRecord, logZ: Double = 0.7
  ) throws -> (loss: Double, adjoints: PathAdjoints) {
    var adjoints = PathAdjoints(for: record)
    let objective = try objectives.entry(name).make(.object(JSONObject()))
    let loss = objective.evaluate(record, logZ: logZ, adjoints: &adjoints)
    return (loss, adjoints)
  }

  @Test("has the gradient of its differences", arguments: objectives.names, shapes)
  func gradient(_ name: String, _ shape: (Int, Int)) throws {
    let record = record(paths: shape.0, steps: shape.1)
    let adjoints = try evaluate(name, record).adjoints
    func slope(_ move: (inout PathRecord, inout Double, Double) -> Void) -> Double {
      centralDifference { h in
        var (moved, logZ) = (record, 0.7)
        move(&moved, &logZ, h)
        return (try? evaluate(name, moved, logZ: logZ).loss) ?? .nan
      }
    }
    for i in record.logForward.indices {
      let forward = slope { record, _, h in record.logForward[i] += h }
      expect(adjoints.logForward[i], equals: forward, within: .scaled(1e-8), "log P_F \(i)")
      let backward = slope { record, _, h in record.logBackward[i] += h }
      expect(adjoints.logBackward[i], equals: backward, within: .scaled(1e-8), "log P_B \(i)")
      let flow = slope { record, _, h in record.logFlow[i] += h }
      expect(adjoints.logFlow[i], equals: flow, within: .scaled(1e-8), "log F \(i)")
    }
    expect(adjoints.logZ, equals: slope { _, logZ, h in logZ += h }, within: .scaled(1e-8), "log Z")
  }

  @Test("does not depend on the order of the paths", arguments: objectives.names, shapes)
  func order(_ name: String, _ shape: (Int, Int)) throws {
    let (paths, steps) = shape
    let record = record(paths: paths, steps: steps)
    var reversed = record
    for path in 0..<paths {
      let other = paths - 1 - path
      reversed.logDensity[path] = record.logDensity[other]
      for i in 0..<steps {
        reversed.logFlow[i * paths + path] = record.logFlow[i * paths + other]
        reversed.logForward[i * paths + path] = record.logForward[i * paths + other]
        reversed.logBackward[i * paths + path] = record.logBackward[i * paths + other]
      }
    }
    let (a, b) = (try evaluate(name, record), try evaluate(name, reversed))
    expect(a.loss, equals: b.loss, within: .relative(1e-12))
    expect(a.adjoints.logZ, equals: b.adjoints.logZ, within: .scaled(1e-12))
    for i in 0..<steps {
      let row = Array(b.adjoints.logForward[i * paths..<(i + 1) * paths].reversed())
      expect(
        Array(a.adjoints.logForward[i * paths..<(i + 1) * paths]), equals: row,
        within: .scaled(1e-12))
    }
  }

  /// Pathwise objectives and likelihoods are stationary in the parameters only, not in the
  /// log-probabilities.
  @Test(
    "is stationary where Z P_F = rho P_B on every path",
    arguments: objectives.names.filter {
      !["path-kl", "maximum-likelihood", "reinforce"].contains($0)
    }, shapes)
  func optimum(_ name: String, _ shape: (Int, Int)) throws {
    let best = balanced(paths: shape.0, steps: shape.1, logZ: 0.7)
    let (loss, adjoints) = try evaluate(name, best)
    expect(loss, equals: 0, within: .absolute(1e-12))
    let all = adjoints.logForward + adjoints.logBackward + adjoints.logFlow + [adjoints.logZ]
    expect(all, equals: all.map { _ in 0 }, within: .absolute(1e-12))
  }

  @Test("says the true log Z at its optimum", arguments: objectives.names, shapes)
  func logZ(_ name: String, _ shape: (Int, Int)) throws {
    let best = balanced(paths: shape.0, steps: shape.1, logZ: 0.7)
    let objective = try objectives.entry(name).make(.object(JSONObject()))
    expect(objective.logZ(best, learned: 0.7), equals: 0.7, within: .absolute(1e-12))
  }

  @Test("adds up over parts of a batch, where it sees paths alone", arguments: objectives.names)
  func parts(_ name: String) throws {
    let objective = try objectives.entry(name).make(.object(JSONObject()))
    guard objective.seesPathsAlone else { return }
    let whole = record(paths: 5, steps: 3)
    var sum = 0.0
    for kept in [[0, 1, 2], [3, 4]] {
      var part = whole
      part.population = 5
      part.counts = (0..<5).map { kept.contains($0) }
      sum += try evaluate(name, part).loss
    }
    expect(sum, equals: try evaluate(name, whole).loss, within: .relative(1e-12))
  }

  @Test("does not see paths that do not count", arguments: objectives.names)
  func setAside(_ name: String) throws {
    let (paths, steps) = (5, 3)
    var full = record(paths: paths, steps: steps)
    full.counts = [true, false, true, true, false]
    for path in [1, 4] {
      full.logDensity[path] = .nan
      for i in 0..<steps {
        full.logForward[i * paths + path] = .infinity
        full.logFlow[i * paths + path] = .nan
      }
    }
    let kept = [0, 2, 3]
    var few = PathRecord(paths: kept.count, steps: steps, hasFlow: true)
    few.logDensity = kept.map { full.logDensity[$0] }
    few.logFlow = (0..<steps).flatMap { i in kept.map { full.logFlow[i * paths + $0] } }
    few.logForward = (0..<steps).flatMap { i in kept.map { full.logForward[i * paths + $0] } }
    few.logBackward = (0..<steps).flatMap { i in kept.map { full.logBackward[i * paths + $0] } }
    let (a, b) = (try evaluate(name, full), try evaluate(name, few))
    #expect(a.loss == b.loss && a.adjoints.logZ == b.adjoints.logZ)
    for i in 0..<steps {
      let row = Array(a.adjoints.logForward[i * paths..<(i + 1) * paths])
      #expect(row[1] == 0 && row[4] == 0)
      #expect(kept.map { row[$0] } == Array(b.adjoints.logForward[i * 3..<(i + 1) * 3]))
      let flows = kept.map { a.adjoints.logFlow[i * paths + $0] }
      #expect(flows == Array(b.adjoints.logFlow[i * 3..<(i + 1) * 3]))
    }
  }
}

@Suite("Trajectory balance")
struct TrajectoryBalanceTests {
  @Test("is half the mean squared residual")
  func closedForm() {
    var record = PathRecord(paths: 2, steps: 1)
    (record.logForward, record.logBackward, record.logDensity) = ([1, 2], [0.5, -1], [2, 0])
    var adjoints = PathAdjoints(for: record)
    let loss = TrajectoryBalance().evaluate(record, logZ: 0.5, adjoints: &adjoints)
    #expect(loss == 0.5 * (1.0 + 3.5 * 3.5) / 2)
    #expect(adjoints.logForward == [-0.5, 1.75] && adjoints.logBackward == [0.5, -1.75])
    #expect(adjoints.logZ == 1.25)
    adjoints.clear()
    #expect((adjoints.logForward + adjoints.logBackward + [adjoints.logZ]).allSatisfy { $0 == 0 })
  }
}
