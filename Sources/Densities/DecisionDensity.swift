import Kernels
import Storage
import Tasks

/// A density of actions given the state they are taken in, which knows transitions to learn from.
protocol DecisionDensity: PairedDensity, OpenConditionalDensity {
  /// The decisions.
  var source: DecisionSource { get }
  /// The law that transitions are drawn by; nil for evenly.
  var law: Categorical? { get }
  /// The states that actions are taken in.
  var states: StateTable { get set }
}

extension DecisionDensity {
  /// A.
  var dimension: Int { source.transitions.actionDimension }
  /// Number of states.
  var conditionCount: Int { states.count }
  /// S.
  var conditionDimension: Int { states.dimension }

  /// Writes a state, each column of mean 0 and deviation 1, [S].
  func features(of condition: Int, into out: UnsafeMutablePointer<Float>) {
    states.write(condition, to: out)
  }

  /// The same in other states.
  /// - Throws: `ConfigError` for states of another length.
  func at(_ features: [[Double]]) throws(ConfigError) -> any ConditionalDensity {
    var other = self
    other.states = try source.states(features)
    return other
  }

  /// Writes pairs of an action and the state it was taken in.
  func drawPairs(
    _ count: Int, _ stream: RandomStream, into x: UnsafeMutablePointer<Float>,
    conditions: UnsafeMutablePointer<Int32>
  ) {
    let a = dimension
    for index in 0..<count {
      let row =
        law.map { stream.draw($0, row: index) }
        ?? stream.draw(IntegerBelow(source.transitions.count), row: index)
      for j in 0..<a { x[index * a + j] = source.points[row * a + j] }
      conditions[index] = source.transitions.states[row]
    }
  }
}
