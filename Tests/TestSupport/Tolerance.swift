import Testing

/// How near two numbers must be, with a name for what is meant.
package enum Tolerance: Sendable {
  /// The difference is at most this.
  case absolute(Double)
  /// The difference is at most this part of the expected magnitude.
  case relative(Double)
  /// The difference is at most this part of the largest expected magnitude, or of 1 if that is less.
  case scaled(Double)
  /// The difference is at most so many spacings of 32-bit floats at the expected number.
  case ulps(Double)

  /// The largest difference allowed.
  func bound(at expected: Double, largest: Double) -> Double {
    switch self {
    case .absolute(let bound): bound
    case .relative(let part): part * expected.magnitude
    case .scaled(let part): part * max(1, largest)
    case .ulps(let count): count * Double(Float(expected).ulp)
    }
  }
}

/// Requires two lists to agree, and reports the worst element.
package func expect(
  _ actual: [Double], equals expected: [Double], within tolerance: Tolerance,
  _ note: @autoclosure () -> String = "", sourceLocation: SourceLocation = #_sourceLocation
) {
  let isSameLength = actual.count == expected.count
  #expect(isSameLength, "\(note()): counts differ", sourceLocation: sourceLocation)
  guard isSameLength else { return }
  let largest = expected.reduce(0) { $1.isFinite ? max($0, $1.magnitude) : $0 }
  var worst = (excess: 0.0, index: -1)
  for (index, (a, b)) in zip(actual, expected).enumerated() where !(a == b || a.isNaN && b.isNaN) {
    let excess = (a - b).magnitude / tolerance.bound(at: b, largest: largest)
    if excess.isNaN || excess > worst.excess { worst = (excess.isNaN ? .infinity : excess, index) }
  }
  guard worst.excess > 1 else { return }
  let (a, b) = (actual[worst.index], expected[worst.index])
  Issue.record(
    "\(note()): element \(worst.index) is \(a), not \(b): \(worst.excess) times \(tolerance)",
    sourceLocation: sourceLocation)
}

/// Requires two numbers to agree.
package func expect(
  _ actual: Double, equals expected: Double, within tolerance: Tolerance,
  _ note: @autoclosure () -> String = "", sourceLocation: SourceLocation = #_sourceLocation
) {
  expect([actual], equals: [expected], within: tolerance, note(), sourceLocation: sourceLocation)
}
