import Storage

/// A density of conditions at one of them, for methods that know no conditions: ρ(x) = ρ(x | c).
///
/// It has a score where that has one.
public struct OneCondition<Conditions: ConditionalDensity>: Density {
  let conditions: Conditions
  let condition: Int32

  /// D.
  public var dimension: Int { conditions.dimension }

  /// Writes log ρ(x | c).
  public func logDensity(of x: Points, into out: UnsafeMutablePointer<Float>) throws {
    try withCondition(x) { try conditions.logDensity(of: $0, into: out) }
  }

  /// The same points, each with the condition.
  private func withCondition(_ x: Points, _ body: (Points) throws -> Void) rethrows {
    try withUnsafeTemporaryAllocation(of: Int32.self, capacity: max(1, x.count)) { numbers in
      numbers.initialize(repeating: condition)
      try body(
        Points(
          x.data, count: x.count, dimension: x.dimension,
          conditions: numbers.baseAddress.map { UnsafePointer($0) }))
    }
  }
}

extension OneCondition: DifferentiableDensity where Conditions: DifferentiableDensity {
  /// Writes log ρ(x | c) and its score.
  public func logDensity(
    of x: Points, into out: UnsafeMutablePointer<Float>, score: UnsafeMutablePointer<Float>
  ) throws {
    try withCondition(x) { try conditions.logDensity(of: $0, into: out, score: score) }
  }
}

extension OneCondition: WholeBatchDensity where Conditions: WholeBatchDensity {}

extension ConditionalDensity {
  /// This at one condition.
  /// - Throws: `ConfigError` for a condition that there is not.
  public func at(condition: Int) throws(ConfigError) -> any Density {
    try ConfigError.require(
      (0..<conditionCount).contains(condition), "condition",
      "the density has \(conditionCount) conditions, 0 to \(conditionCount - 1); say which to draw from"
    )
    return OneCondition(conditions: self, condition: Int32(condition))
  }
}
