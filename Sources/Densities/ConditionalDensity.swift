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
