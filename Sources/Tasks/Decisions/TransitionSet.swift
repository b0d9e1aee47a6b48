import Kernels
import Storage

/// Steps of a process that someone decided: in a state an action, a reward for it, and the next state.
///
/// States are rows of a table, each column shifted and scaled to mean 0 and deviation 1, which is what networks
/// see.
public struct TransitionSet: Sendable {
  /// The states as networks see them, [states, S].
  public let features: [Float]
  /// S.
  public let stateDimension: Int
  /// The actions, [n, A].
  public let actions: [Float]
  /// A.
  public let actionDimension: Int
  /// The rewards, [n].
  public let rewards: [Float]
  /// Row of the state and of the next one in the table, [n].
  public let states, nextStates: [Int32]
  /// Whether nothing follows the next state, [n].
  public let ends: [Bool]
  /// States that have actions: the first rows of the table.
  public let conditionCount: Int
  private let means, deviations: [Float]

  /// - Parameters:
  ///   - table: The states as they are, [states, S].
  ///   - conditionCount: How many of them, the first ones, have actions.
  /// - Precondition: The arrays are of one length.
  init(
    table: [Float], stateDimension: Int, conditionCount: Int, actions: [Float],
    actionDimension: Int, rewards: [Float], states: [Int32], nextStates: [Int32], ends: [Bool]
  ) {
    precondition(
      actions.count == rewards.count * actionDimension && states.count == rewards.count
        && nextStates.count == rewards.count && ends.count == rewards.count
        && table.count.isMultiple(of: stateDimension), "transitions of several lengths")
    (self.stateDimension, self.actionDimension) = (stateDimension, actionDimension)
    (self.actions, self.rewards, self.ends) = (actions, rewards, ends)
    (self.states, self.nextStates, self.conditionCount) = (states, nextStates, conditionCount)
    (means, deviations) = columnMoments(table, stateDimension)
    features = normalized(table, means, deviations)
  }

  /// n.
  public var count: Int { rewards.count }

  /// Other states as networks see them, [n, S].
  public func features(of states: [Float]) -> [Float] { normalized(states, means, deviations) }

  /// A number that sets of other numbers do not have.
  public var checksum: String {
    var checksum = Checksum()
    for numbers in [features, actions, rewards] {
      numbers.withUnsafeBytes { checksum.update(bytes: $0) }
    }
    for numbers in [states, nextStates] {
      numbers.withUnsafeBytes { checksum.update(bytes: $0) }
    }
    checksum.update(ends.map { $0 ? 1 : 0 })
    return checksum.hexadecimal
  }
}

/// Mean and standard deviation of each column; 1 for the deviation of a column of equal numbers.
private func columnMoments(_ table: [Float], _ columns: Int) -> ([Float], [Float]) {
  let rows = Double(max(1, table.count / columns))
  var (sums, squares) = (
    [Double](repeating: 0, count: columns), [Double](repeating: 0, count: columns)
  )
  for (i, value) in table.enumerated() { sums[i % columns] += Double(value) }
  let means = sums.map { $0 / rows }
  for (i, value) in table.enumerated() {
    let miss = Double(value) - means[i % columns]
    squares[i % columns] += miss * miss
  }
  let deviations = squares.map { $0 > 0 ? ($0 / rows).squareRoot() : 1 }
  return (means.map { Float($0) }, deviations.map { Float($0) })
}

private func normalized(_ table: [Float], _ means: [Float], _ deviations: [Float]) -> [Float] {
  table.enumerated().map { ($1 - means[$0 % means.count]) / deviations[$0 % means.count] }
}
