import Densities
import Diffusions
import Kernels
import Networks
import Objectives
import Training

/// The paths that an objective sees at once, from their ends to the adjoints: one block or a batch.
///
/// After its creation it allocates nothing.
final class PathGroup {
  /// What the objective reads.
  private(set) var record: PathRecord
  /// What the objective wrote.
  private var adjoints: PathAdjoints
  /// 1 where drawing x_0 is a transition of its own, before that of step 0.
  private let leading: Int
  private let capacity: Int
  private let dimension: Int
  private let forward: UnsafeMutablePointer<Double>
  private let backward: UnsafeMutablePointer<Double>
  private let flow: UnsafeMutablePointer<Double>?
  private let isDamaged: UnsafeMutablePointer<Bool>
  private let ends: UnsafeMutablePointer<Float>
  private let values: UnsafeMutablePointer<Float>
  private let scores: UnsafeMutablePointer<Float>?

  /// Room for so many paths.
  init(_ model: PathModel, paths: Int, needsScore: Bool) {
    capacity = paths
    dimension = model.network.dimension
    leading = model.hasRandomStart ? 1 : 0
    let (steps, hasFlow) = (model.process.config.steps + leading, model.flow != nil)
    record = PathRecord(paths: paths, steps: steps, hasFlow: hasFlow)
    adjoints = PathAdjoints(for: record)
    forward = .allocate(capacity: max(1, paths * steps))
    backward = .allocate(capacity: max(1, paths * steps))
    flow = hasFlow ? .allocate(capacity: max(1, paths * steps)) : nil
    isDamaged = .allocate(capacity: paths)
    ends = .allocate(capacity: paths * dimension)
    values = .allocate(capacity: paths)
    forward.initialize(repeating: 0, count: max(1, paths * steps))
    backward.initialize(repeating: 0, count: max(1, paths * steps))
    scores = needsScore ? .allocate(capacity: paths * dimension) : nil
  }

  deinit {
    forward.deallocate()
    backward.deallocate()
    flow?.deallocate()
    isDamaged.deallocate()
    ends.deallocate()
    values.deallocate()
    scores?.deallocate()
  }

  /// Makes ready for so many paths, none of them damaged.
  func begin(paths: Int) {
    record.paths = paths
    isDamaged.update(repeating: false, count: paths)
  }

  /// Where the log-probabilities and log flows of paths from `row` on go.
  func logs(from row: Int) -> StepTerms {
    terms(forward, backward, flow, from: row)
  }

  /// Row 0 is that of the first step, after the transition to a random x_0.
  private func terms(
    _ forward: UnsafeMutablePointer<Double>, _ backward: UnsafeMutablePointer<Double>,
    _ flow: UnsafeMutablePointer<Double>?, from row: Int
  ) -> StepTerms {
    let first = row + leading * record.paths
    return StepTerms(
      forward: StepMatrix(data: forward + first, stride: record.paths),
      backward: StepMatrix(data: backward + first, stride: record.paths),
      flow: flow.map { StepMatrix(data: $0 + first, stride: record.paths) })
  }

  /// Where paths from `row` on are marked as damaged.
  func damage(from row: Int) -> UnsafeMutablePointer<Bool> { isDamaged + row }

  /// Keeps the ends of paths from `row` on, [count, D].
  func keepEnds(_ states: UnsafeRawPointer, from row: Int, count: Int) {
    (ends + row * dimension).update(
      from: states.assumingMemoryBound(to: Float.self), count: count * dimension)
  }

  /// Evaluates the density at the ends and decides which paths count.
  /// - Parameter conditions: The condition of each path, where there are any.
  func evaluateEnds(
    _ density: CountedDensity, _ policy: NonFinitePolicy,
    conditions: UnsafePointer<Int32>? = nil
  ) throws {
    let paths = record.paths
    let points = Points(ends, count: paths, dimension: dimension, conditions: conditions)
    if let scores {
      try density.score(of: points, logDensity: values, into: scores)
      try setAsideNonFinite(scores, at: points, policy, isDamaged)
    } else {
      try density.logDensity(of: points, into: values)
    }
    try stopAtNonFinite(points, policy)
    for path in 0..<paths {
      record.counts[path] = values[path].isFinite && !isDamaged[path]
      record.logDensity[path] = record.counts[path] ? Double(values[path]) : 0
    }
    for path in paths..<capacity { record.counts[path] = false }
  }

  /// Copies the ends, as they were judged, to rows of a batch.
  func copyEnds(to batch: VisitedEnds, from row: Int) {
    (batch.x + row * dimension).update(from: ends, count: record.paths * dimension)
    for path in 0..<record.paths {
      batch.logDensity[row + path] = record.counts[path] ? values[path] : .nan
    }
  }

  /// Takes over what is known of given end points, and decides which paths count.
  func takeEnds(_ points: EndPoints, from row: Int) {
    guard let values = points.logDensity else { preconditionFailure("ends of unknown density") }
    for path in 0..<capacity {
      record.counts[path] =
        path < record.paths && values[row + path].isFinite && !isDamaged[path]
      record.logDensity[path] = record.counts[path] ? Double(values[row + path]) : 0
    }
  }

  private func stopAtNonFinite(_ points: Points, _ policy: NonFinitePolicy) throws {
    guard policy == .stop else { return }
    guard let first = (0..<points.count).first(where: { !values[$0].isFinite }) else { return }
    throw NumericalError(
      "the log-density", count: (0..<points.count).count { !values[$0].isFinite },
      total: points.count, point: points[first])
  }

  /// Tells the objective which paths share a condition, and what is known of its log Z.
  func setConditions(_ tables: ConditionTables, from row: Int, groupSize: Int) {
    record.groupSize = groupSize
    if record.logZOffset.isEmpty {
      record.logZOffset = [Double](repeating: 0, count: capacity)
      adjoints.logZOffset = record.logZOffset
    }
    for path in 0..<record.paths { record.logZOffset[path] = tables.logZ[row + path] }
  }

  /// ∂ loss / ∂ log Z of the condition of each path.
  var logZAdjoints: [Double] { adjoints.logZOffset }

  /// The loss and, kept here, its adjoints.
  /// - Parameters:
  ///   - population: Paths that a mean runs over, where not those that count here.
  ///   - center: What log-weights are compared with, where not their own mean.
  ///   - inverseTemperature: β, what log-densities count.
  func evaluate(
    _ objective: any PathObjective, logZ: Double, population: Int?, center: Double? = nil,
    inverseTemperature: Double = 1
  ) -> GroupOutcome {
    let count = record.paths * record.steps
    if inverseTemperature != 1 {
      for path in 0..<record.paths { record.logDensity[path] *= inverseTemperature }
    }
    if leading > 0 { writeFirstFlow(logZ) }
    record.logForward.withUnsafeMutableBufferPointer {
      $0.baseAddress?.update(from: forward, count: count)
    }
    record.logBackward.withUnsafeMutableBufferPointer {
      $0.baseAddress?.update(from: backward, count: count)
    }
    if let flow {
      record.logFlow.withUnsafeMutableBufferPointer {
        $0.baseAddress?.update(from: flow, count: count)
      }
    }
    record.population = population
    record.center = center
    adjoints.clear()
    let loss = objective.evaluate(record, logZ: logZ, adjoints: &adjoints)
    var sum = 0.0
    for path in 0..<record.paths where record.counts[path] { sum -= record.logRatio(of: path) }
    if leading > 0 && flow != nil { addFirstFlowAdjoints() }
    return GroupOutcome(
      loss: loss, byLogZ: adjoints.logZ, counted: record.counted, sumOfLogWeights: sum,
      logZ: learnedLogZ(logZ))
  }

  /// log Z is the flow before x_0 is drawn.
  private func writeFirstFlow(_ logZ: Double) {
    for path in 0..<record.paths { flow?[path] = logZ + offset(of: path) }
  }

  private func addFirstFlowAdjoints() {
    for path in 0..<record.paths {
      adjoints.logZ += adjoints.logFlow[path]
      if !record.logZOffset.isEmpty { adjoints.logZOffset[path] += adjoints.logFlow[path] }
    }
  }

  /// Makes the log-weight of each path of a group what the same path's of the other is compared with; both
  /// count or neither.
  static func compare(_ a: PathGroup, _ b: PathGroup, inverseTemperature: Double) {
    for (group, other) in [(a, b), (b, a)] where group.record.logZOffset.isEmpty {
      group.record.logZOffset = [Double](repeating: 0, count: group.capacity)
      group.adjoints.logZOffset = group.record.logZOffset
      precondition(group.capacity == other.capacity, "pairs of paths")
    }
    for path in 0..<a.record.paths {
      let counts = a.record.counts[path] && b.record.counts[path]
      (a.record.counts[path], b.record.counts[path]) = (counts, counts)
      a.record.logZOffset[path] = b.logWeight(of: path, inverseTemperature)
      b.record.logZOffset[path] = a.logWeight(of: path, inverseTemperature)
    }
  }

  /// β log ρ + Σ log P_B - Σ log P_F of a path, before the objective reads it.
  private func logWeight(of path: Int, _ inverseTemperature: Double) -> Double {
    var sum = inverseTemperature * record.logDensity[path]
    for step in 0..<record.steps {
      sum += backward[step * record.paths + path] - forward[step * record.paths + path]
    }
    return sum
  }

  /// What is known of the log Z of a path's condition.
  private func offset(of path: Int) -> Double {
    record.logZOffset.isEmpty ? 0 : record.logZOffset[path]
  }

  /// What is learned of log Z; where there are conditions, the mean over them.
  private func learnedLogZ(_ logZ: Double) -> Double {
    let count = record.logZOffset.isEmpty ? 1 : record.paths
    var sum = 0.0
    for path in 0..<count { sum += flow?[path] ?? (logZ + offset(of: path)) }
    return sum / Double(count)
  }

  /// The loss's gradient by the logs of paths from `row` on; read only, by any thread.
  func withSeeds(from row: Int, _ body: (StepTerms) throws -> Void) rethrows {
    try adjoints.logForward.withUnsafeBufferPointer { forward in
      try adjoints.logBackward.withUnsafeBufferPointer { backward in
        try adjoints.logFlow.withUnsafeBufferPointer { flow in
          guard let forward = UnsafeMutablePointer(mutating: forward.baseAddress),
            let backward = UnsafeMutablePointer(mutating: backward.baseAddress)
          else { return }
          let flow = flow.isEmpty ? nil : UnsafeMutablePointer(mutating: flow.baseAddress)
          try body(terms(forward, backward, flow, from: row))
        }
      }
    }
  }

  /// Writes ∂ loss / ∂ x_T = (∂ loss / ∂ log ρ) ∇ log ρ of paths from `row` on, [count, D].
  func writeEndAdjoint(from row: Int, count: Int, to out: UnsafeMutablePointer<Float>) {
    guard let scores else { preconditionFailure("no scores were kept") }
    for path in 0..<count {
      let factor = Float(adjoints.logDensity[row + path])
      for j in 0..<dimension {
        let score = scores[(row + path) * dimension + j]
        out[path * dimension + j] = factor == 0 ? 0 : factor * score
      }
    }
  }
}

/// What a group of paths adds to a training step's report.
struct GroupOutcome {
  /// Its part of the loss.
  var loss = 0.0
  /// ∂ loss / ∂ log Z.
  var byLogZ = 0.0
  /// Paths that count.
  var counted = 0
  /// Σ log weight of those.
  var sumOfLogWeights = 0.0
  /// What is learned of log Z, where anything is; the mean over conditions, where there are any.
  var logZ = 0.0

  static func += (total: inout GroupOutcome, part: GroupOutcome) {
    total.loss += part.loss
    total.byLogZ += part.byLogZ
    total.counted += part.counted
    total.sumOfLogWeights += part.sumOfLogWeights
    total.logZ = part.logZ
  }
}
