import Objectives

extension RunConfig {
  /// Density evaluations of so many training steps, with or without the score, known before they are done.
  ///
  /// Where memory is too small to keep whole paths, scores are evaluated again; those are not counted here.
  /// - Parameter usesScore: Whether the drift has a multiple of the score.
  public func energyCalls(of steps: Int, usesScore: Bool) throws -> Int {
    let states = usesScore ? process.steps : flow.forwardLooking ? process.steps - 1 : 0
    let turns = offPolicy.source == .none ? 0 : steps / offPolicy.every
    let judged = offPolicy.source == .samples ? steps : steps - turns
    return batchSize * (steps * states + judged) + (try searchCalls(of: steps))
  }

  /// The most steps within so many density evaluations.
  public func steps(within energyCalls: Int, usesScore: Bool) throws -> Int {
    var (low, high) = (0, 1)
    while try self.energyCalls(of: high, usesScore: usesScore) <= energyCalls, high < 1 << 40 {
      high *= 2
    }
    while high - low > 1 {
      let middle = (low + high) / 2
      if try self.energyCalls(of: middle, usesScore: usesScore) <= energyCalls {
        low = middle
      } else {
        high = middle
      }
    }
    return low
  }

  /// Those of local searches: each evaluates its start points and, step by step, all replicas.
  private func searchCalls(of steps: Int) throws -> Int {
    guard offPolicy.source == .localSearch else { return 0 }
    let turns = stride(from: offPolicy.every - 1, to: steps, by: offPolicy.every)
    let searches = turns.count { offPolicy.isSearchDue($0) }
    let replicas = try offPolicy.localSearch.makeKernel(hasScore: true).replicas
    return searches * batchSize * (1 + offPolicy.localSearch.steps * replicas)
  }
}
