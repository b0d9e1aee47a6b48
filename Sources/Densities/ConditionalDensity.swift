import Kernels
import Storage

/// Densities ρ(x | c) of one dimension, one for each of a number of conditions.
///
/// Points say which condition they go with (`Points.conditions`). A sampler learns from the features of
/// the conditions for training, and is judged on the others.
public protocol ConditionalDensity: Density {
  /// Number of conditions.
  var conditionCount: Int { get }

  /// Those to learn from; the others, if any, are for evaluation.
  var trainingConditions: Range<Int> { get }

  /// Numbers that describe a condition.
  var conditionDimension: Int { get }

  /// Writes the features of a condition, [conditionDimension].
  func features(of condition: Int, into out: UnsafeMutablePointer<Float>)
}

extension ConditionalDensity {
  /// All.
  public var trainingConditions: Range<Int> { 0..<conditionCount }

  /// Those to be judged on: the ones that are not for training, or all where there are no others.
  public var evaluationConditions: Range<Int> {
    trainingConditions.upperBound < conditionCount
      ? trainingConditions.upperBound..<conditionCount : 0..<conditionCount
  }
}

/// A density of conditions that knows pairs to learn from: points, each with a condition.
public protocol PairedDensity: ConditionalDensity {
  /// Writes pairs drawn with replacement: points, [count, D], and the numbers of their conditions, [count].
  func drawPairs(
    _ count: Int, _ stream: RandomStream, into x: UnsafeMutablePointer<Float>,
    conditions: UnsafeMutablePointer<Int32>)
}

/// A density of conditions that can be asked at others than its own.
public protocol OpenConditionalDensity: ConditionalDensity {
  /// The same density with these conditions instead, each described by its numbers as users have them.
  /// - Throws: `ConfigError` for conditions of another length.
  func at(_ features: [[Double]]) throws(ConfigError) -> any ConditionalDensity
}
