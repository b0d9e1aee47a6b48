import Densities
import Kernels
import Storage

/// The conditions of a batch of paths of a chain: their numbers, and what describes each.
final class StepConditions {
  /// The condition of each path, [B].
  let indices: UnsafeMutablePointer<Int32>
  /// What describes it, [B, C].
  let features: UnsafeMutablePointer<Float>
  private let density: any ConditionalDensity
  private let groups: ConditionGroups

  /// Room for `count` paths, `groupSize` adjacent ones of which share a condition; nil for a density without.
  init?(_ density: any Density, count: Int, groupSize: Int = 1) {
    guard let density = density as? any ConditionalDensity else { return nil }
    self.density = density
    groups = ConditionGroups(count: count, size: groupSize)
    indices = .allocate(capacity: max(1, count))
    features = .allocate(capacity: max(1, count * density.conditionDimension))
  }

  deinit {
    indices.deallocate()
    features.deallocate()
  }

  /// Draws the condition of each group among those for training.
  func draw(_ stream: RandomStream) {
    let range = density.trainingConditions
    let law = IntegerBelow(range.count)
    for group in 0..<groups.groups {
      let condition = range.lowerBound + stream.draw(law, row: group)
      for row in groups[group] { indices[row] = Int32(condition) }
    }
    describe()
  }

  /// Takes over the conditions of given points, [B].
  func take(_ conditions: UnsafePointer<Int32>) {
    indices.update(from: conditions, count: groups.count)
    describe()
  }

  /// Sets the conditions of rows from one on by turns.
  func set(_ turns: [Int], from row: Int) {
    for index in 0..<groups.count { indices[index] = Int32(turns[(row + index) % turns.count]) }
    describe()
  }

  /// Looks up what describes the conditions that `indices` has.
  func describe() {
    for row in 0..<groups.count {
      density.features(
        of: Int(indices[row]), into: features + row * density.conditionDimension)
    }
  }
}

extension ConditionalDensity {
  /// The conditions that draws go with by turns: those that were chosen, or those to be judged on.
  /// - Throws: `ConfigError` for one that there is not.
  func turns(_ chosen: [Int]) throws(ConfigError) -> [Int] {
    for condition in chosen where !(0..<conditionCount).contains(condition) {
      throw .invalid(
        path: "conditions",
        reason: "there is no condition \(condition): they are 0 to \(conditionCount - 1)")
    }
    return chosen.isEmpty ? Array(evaluationConditions) : chosen
  }
}
