/// The conditions of a density that is a function of the user's: a row of features for each.
public struct FunctionConditions: Sendable {
  /// Features of all conditions, [count, dimension].
  public let features: [Float]
  /// Number of conditions.
  public let count: Int
  /// Features of each.
  public let dimension: Int
  /// How many, the first ones, are for training; the others, if any, are for evaluation.
  public let trainingCount: Int

  /// - Precondition: As many features as count times dimension; a training count from 1 to count.
  public init(features: [Float], count: Int, dimension: Int, trainingCount: Int) {
    precondition(features.count == count * dimension, "features are [count, dimension]")
    precondition((1...count).contains(trainingCount), "some conditions are for training")
    self.features = features
    self.count = count
    self.dimension = dimension
    self.trainingCount = trainingCount
  }

  fileprivate func write(_ condition: Int, to out: UnsafeMutablePointer<Float>) {
    for i in 0..<dimension { out[i] = features[condition * dimension + i] }
  }
}

/// Densities ρ(x | c) given as one function, which finds the conditions in the points.
///
/// It has a score where the function has.
public final class ConditionalFunctionDensity<Function: Density>: ConditionalDensity {
  let function: Function
  let conditions: FunctionConditions

  /// Gives a function its conditions.
  public init(_ function: Function, _ conditions: FunctionConditions) {
    (self.function, self.conditions) = (function, conditions)
  }

  /// D.
  public var dimension: Int { function.dimension }
  /// Number of conditions.
  public var conditionCount: Int { conditions.count }
  /// The first ones.
  public var trainingConditions: Range<Int> { 0..<conditions.trainingCount }
  /// Features of each.
  public var conditionDimension: Int { conditions.dimension }

  /// Writes the features of a condition.
  public func features(of condition: Int, into out: UnsafeMutablePointer<Float>) {
    conditions.write(condition, to: out)
  }

  /// Calls the function for the values only.
  public func logDensity(of x: Points, into out: UnsafeMutablePointer<Float>) throws {
    try function.logDensity(of: x, into: out)
  }
}

extension ConditionalFunctionDensity: DifferentiableDensity where Function: DifferentiableDensity {
  /// Calls the function for values and score.
  public func logDensity(
    of x: Points, into out: UnsafeMutablePointer<Float>, score: UnsafeMutablePointer<Float>
  ) throws {
    try function.logDensity(of: x, into: out, score: score)
  }
}
