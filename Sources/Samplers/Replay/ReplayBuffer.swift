import Densities
import Kernels
import Storage

/// Points [n, D] with their log densities, to learn from again: first in, first out.
///
/// Chances of a draw follow every insertion at once, in O(log n); they are functions of what the buffer
/// holds. Draws are with replacement, and the one of a row is a function of (contents, stream, row).
/// Neither inserting nor drawing allocates memory. Drawing from several threads is safe, inserting
/// meanwhile is not.
///
/// Where points go with conditions, adjacent ones of a condition are taken in and drawn as a group: paths to
/// different points of one condition can be compared, as its log Z is the same for all. A group comes
/// by the chance of any of its points.
public final class ReplayBuffer: @unchecked Sendable {
  /// Capacity and priority.
  public let config: ReplayConfig
  /// D.
  public let dimension: Int
  /// Adjacent points that share a condition; 1 where there are no conditions.
  public let groupSize: Int
  /// Points that have room: the capacity of the config in whole groups.
  public let capacity: Int
  /// Points held, n.
  public private(set) var count = 0
  /// Points refused so far, because a coordinate or the log density was NaN or infinite.
  public private(set) var refused = 0
  /// The slot that the next point goes to.
  private(set) var next = 0

  let points: UnsafeMutablePointer<Float>
  let logDensity: UnsafeMutablePointer<Float>
  let conditions: UnsafeMutablePointer<Int32>?
  private let slots: any PrioritizedSlots

  /// An empty buffer.
  /// - Parameter conditionRepeats: Points of a group that share a condition; 0 for no conditions.
  /// - Throws: `ConfigError.invalid`.
  public init(
    _ config: ReplayConfig = ReplayConfig(), dimension: Int, conditionRepeats: Int = 0
  ) throws(ConfigError) {
    try config.validate()
    precondition(dimension > 0, "a replay buffer needs points with coordinates")
    try ConfigError.require(
      config.capacity <= 4_000_000_000 / dimension, "capacity",
      "so many points in dimension \(dimension) take more than 16 GB")
    groupSize = max(1, conditionRepeats)
    try ConfigError.require(
      config.capacity >= groupSize, "capacity",
      "there must be room for the \(groupSize) points of a condition")
    self.config = config
    self.dimension = dimension
    capacity = config.capacity / groupSize * groupSize
    points = .allocate(capacity: capacity * dimension)
    logDensity = .allocate(capacity: capacity)
    conditions = conditionRepeats > 0 ? .allocate(capacity: capacity) : nil
    slots =
      switch config.priority {
      case .uniform: UniformSlots()
      case .reward: SoftmaxTree(capacity: config.capacity, temperature: config.temperature)
      case .rank: RankedSlots(capacity: config.capacity, flatness: config.rankFlatness)
      }
  }

  deinit {
    points.deallocate()
    logDensity.deallocate()
    conditions?.deallocate()
  }

  /// Whether it holds no point.
  public var isEmpty: Bool { count == 0 }

  /// The chance of the point in a slot, 0..<count, to be what a draw returns.
  public func probability(of slot: Int) -> Double {
    precondition((0..<count).contains(slot), "no such slot")
    return slots.probability(of: slot, of: count)
  }

  /// Takes in points, in order, except those that are not finite, with their groups.
  /// - Returns: How many were taken.
  @discardableResult
  public func insert(_ x: Points, logDensity values: UnsafePointer<Float>) -> Int {
    precondition(x.dimension == dimension, "the points have another dimension")
    precondition((x.conditions == nil) == (conditions == nil), "points with conditions, or none")
    precondition(x.count % groupSize == 0, "a part of a group")
    var taken = 0
    for first in stride(from: 0, to: x.count, by: groupSize) {
      let group = first..<first + groupSize
      guard group.allSatisfy({ isFinite(x.data + $0 * dimension, values[$0]) }) else { continue }
      for row in group { put(x.data + row * dimension, values[row], x.conditions?[row]) }
      taken += groupSize
    }
    refused += x.count - taken
    settle(last: min(taken, capacity))
    return taken
  }

  private func isFinite(_ point: UnsafePointer<Float>, _ logDensity: Float) -> Bool {
    guard logDensity.isFinite else { return false }
    for j in 0..<dimension where !point[j].isFinite { return false }
    return true
  }

  private func put(_ point: UnsafePointer<Float>, _ value: Float, _ condition: Int32?) {
    (points + next * dimension).update(from: point, count: dimension)
    logDensity[next] = value
    if let condition { conditions?[next] = condition }
    slots.put(value, in: next)
    count = max(count, next + 1)
    next = next + 1 == capacity ? 0 : next + 1
  }

  private func settle(last: Int) {
    if last <= next { return slots.settle(next - last..<next) }
    slots.settle(0..<next)
    slots.settle(capacity - (last - next)..<capacity)
  }

  /// Writes points drawn by their chances, [rows.count, D], and their log densities.
  /// - Parameters:
  ///   - rows: Which rows of the draw: any split into ranges gives the same points.
  ///   - stream: The randomness.
  ///   - out: The points.
  ///   - values: The log densities, [rows.count].
  ///   - drawn: The conditions, [rows.count], where there are any.
  /// - Throws: `ReplayError.empty`.
  public func draw(
    _ rows: Range<Int>, _ stream: RandomStream, into out: UnsafeMutablePointer<Float>,
    logDensity values: UnsafeMutablePointer<Float>,
    conditions drawn: UnsafeMutablePointer<Int32>? = nil
  ) throws(ReplayError) {
    guard !isEmpty else { throw .empty }
    for (index, row) in rows.enumerated() {
      var words = stream.words(of: .categorical, row: row / groupSize)
      let slot = slots.draw(&words, of: count) / groupSize * groupSize + row % groupSize
      (out + index * dimension).update(from: points + slot * dimension, count: dimension)
      values[index] = logDensity[slot]
      if let drawn, let conditions { drawn[index] = conditions[slot] }
    }
  }

  /// Points drawn by their chances, [count, D], and their log densities.
  /// - Throws: `ReplayError.empty`.
  public func draw(
    _ count: Int, _ stream: RandomStream
  ) throws(ReplayError) -> (points: [Float], logDensity: [Float]) {
    var points = [Float](repeating: 0, count: count * dimension)
    var values = [Float](repeating: 0, count: count)
    try draw(0..<count, stream, into: &points, logDensity: &values)
    return (points, values)
  }

  /// Goes on from checked contents; the buffer must be empty.
  func adopt(
    _ saved: [Float], _ values: [Float], _ conditions: [Int32], next: Int, refused: Int
  ) {
    precondition(isEmpty, "only an empty buffer takes saved contents")
    for slot in values.indices {
      saved.withUnsafeBufferPointer { points in
        if let base = points.baseAddress {
          put(
            base + slot * dimension, values[slot], conditions.isEmpty ? nil : conditions[slot])
        }
      }
    }
    slots.settle(0..<values.count)
    (self.next, self.refused) = (next, refused)
  }
}
