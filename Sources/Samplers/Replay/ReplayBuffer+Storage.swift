import Storage

extension ReplayBuffer {
  /// What a file must hold beside the tensors.
  public struct State: Codable, Sendable, Equatable {
    /// Points held.
    public var count: Int
    /// The slot that the next point goes to.
    public var next: Int
    /// Points refused so far.
    public var refused: Int
  }

  /// The counters as they are.
  public var state: State { State(count: count, next: next, refused: refused) }

  /// What it holds, named for a safetensors file: `points` [n, D], `log_density` [n] and, where there are
  /// any, `conditions` [n] after a prefix.
  package func tensors(_ prefix: String) -> [(name: String, array: StoredArray)] {
    let coordinates = UnsafeBufferPointer(start: points, count: count * dimension)
    let values = UnsafeBufferPointer(start: logDensity, count: count)
    let kept = [
      (prefix + "points", StoredArray(Array(coordinates), shape: [count, dimension])),
      (prefix + "log_density", StoredArray(Array(values))),
    ]
    guard let conditions else { return kept }
    let numbers = Array(UnsafeBufferPointer(start: conditions, count: count))
    return kept + [(prefix + "conditions", StoredArray(numbers))]
  }

  /// Goes on from a saved state with the same config; priorities are made anew and draw the same.
  ///
  /// The buffer must be empty.
  /// - Parameter conditionCount: Conditions that there are.
  /// - Throws: `StorageError` for arrays or counters that no buffer of this config has.
  package func restore(
    _ state: State, from file: SafetensorsFile, prefix: String, conditionCount: Int = 0
  ) throws(StorageError) {
    let (points, values) = (
      try file.floats(prefix + "points"), try file.floats(prefix + "log_density")
    )
    let conditions =
      self.conditions == nil ? [] : try file.values(prefix + "conditions", as: Int32.self)
    func require(_ holds: Bool, _ reason: String) throws(StorageError) {
      if !holds { throw .malformed(path: file.path, format: "replay buffer", reason: reason) }
    }
    try require(
      (0...capacity).contains(state.count) && state.count % groupSize == 0,
      "it holds \(state.count) points where \(capacity) have room, in groups of \(groupSize)")
    try require(
      values.count == state.count && points.count == state.count * dimension,
      "its arrays do not hold \(state.count) points in dimension \(dimension)")
    try require(
      points.allSatisfy(\.isFinite) && values.allSatisfy(\.isFinite),
      "it holds points that are not finite")
    try require(
      self.conditions == nil
        || conditions.count == state.count
          && conditions.allSatisfy { (0..<conditionCount).contains(Int($0)) },
      "its points go with conditions that there are not")
    let isFull = state.count == capacity
    let isRing = isFull ? (0..<state.count).contains(state.next) : state.next == state.count
    try require(
      isRing && state.refused >= 0, "its counters contradict each other")
    adopt(points, values, conditions, next: state.next, refused: state.refused)
  }
}
