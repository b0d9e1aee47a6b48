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

  /// What it holds, named for a safetensors file: `points` [n, D] and `log_density` [n] after a prefix.
  package func tensors(_ prefix: String) -> [(name: String, array: StoredArray)] {
    let coordinates = UnsafeBufferPointer(start: points, count: count * dimension)
    let values = UnsafeBufferPointer(start: logDensity, count: count)
    return [
      (prefix + "points", StoredArray(Array(coordinates), shape: [count, dimension])),
      (prefix + "log_density", StoredArray(Array(values))),
    ]
  }

  /// Goes on from a saved state with the same config; priorities are made anew and draw the same.
  ///
  /// The buffer must be empty.
  /// - Throws: `StorageError` for arrays or counters that no buffer of this config has.
  package func restore(
    _ state: State, from file: SafetensorsFile, prefix: String
  ) throws(StorageError) {
    let (points, values) = (
      try file.floats(prefix + "points"), try file.floats(prefix + "log_density")
    )
    func require(_ holds: Bool, _ reason: String) throws(StorageError) {
      if !holds { throw .malformed(path: file.path, format: "replay buffer", reason: reason) }
    }
    try require(
      (0...config.capacity).contains(state.count),
      "it holds \(state.count) points where \(config.capacity) have room")
    try require(
      values.count == state.count && points.count == state.count * dimension,
      "its arrays do not hold \(state.count) points in dimension \(dimension)")
    try require(
      points.allSatisfy(\.isFinite) && values.allSatisfy(\.isFinite),
      "it holds points that are not finite")
    let isFull = state.count == config.capacity
    let isRing = isFull ? (0..<state.count).contains(state.next) : state.next == state.count
    try require(
      isRing && state.refused >= 0, "its counters contradict each other")
    adopt(points, values, next: state.next, refused: state.refused)
  }
}
