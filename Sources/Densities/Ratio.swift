import Kernels

/// A constraint r on a prior p, of which the posterior p r / Z is known.
public protocol ConstraintDensity: Density {
  /// The posterior, under the prior that the constraint is meant for.
  var posterior: any Density { get }
  /// log Z = log E_p[r], where it is known.
  var posteriorLogNormalizer: Double? { get }
}

/// The ratio of two densities, log r = log ρ - log π: what turns a prior π into ρ.
///
/// It has a score where both have. By itself it need not have an integral; as a constraint on π it has
/// ρ for the posterior, and log Z is the difference of those of ρ and π.
public struct Ratio: ConstraintDensity {
  let numerator: any Density
  let denominator: any Density
  private let scratch: SharedScratch

  /// The ratio of two densities of one dimension.
  public init(_ numerator: any Density, over denominator: any Density) {
    precondition(numerator.dimension == denominator.dimension, "two dimensions")
    (self.numerator, self.denominator) = (numerator, denominator)
    scratch = SharedScratch(scratchRows * (1 + numerator.dimension))
  }

  /// D.
  public var dimension: Int { numerator.dimension }

  /// ρ.
  public var posterior: any Density { numerator }

  /// log Z of ρ less that of π, where both are known.
  public var posteriorLogNormalizer: Double? {
    guard let numerator = numerator as? any NormalizedDensity,
      let denominator = denominator as? any NormalizedDensity
    else { return nil }
    return numerator.logNormalizer - denominator.logNormalizer
  }

  /// Writes log r.
  public func logDensity(of x: Points, into out: UnsafeMutablePointer<Float>) throws {
    try numerator.logDensity(of: x, into: out)
    try scratch.borrow { values in
      try x.forEachPiece(of: scratchRows) { piece, first in
        try denominator.logDensity(of: piece, into: values)
        for row in 0..<piece.count { out[first + row] -= values[row] }
      }
    }
  }

  /// Subtracts log π and its score from what is there.
  fileprivate func subtract(
    _ denominator: any DifferentiableDensity, at x: Points, from out: UnsafeMutablePointer<Float>,
    _ score: UnsafeMutablePointer<Float>
  ) throws {
    try scratch.borrow { values in
      let slopes = values + scratchRows
      try x.forEachPiece(of: scratchRows) { piece, first in
        try denominator.logDensity(of: piece, into: values, score: slopes)
        for row in 0..<piece.count { out[first + row] -= values[row] }
        for i in 0..<piece.count * dimension { score[first * dimension + i] -= slopes[i] }
      }
    }
  }
}

/// The ratio of two densities with scores.
public struct DifferentiableRatio: ConstraintDensity, DifferentiableDensity {
  private let ratio: Ratio
  private let numerator: any DifferentiableDensity
  private let denominator: any DifferentiableDensity

  /// The ratio of two densities of one dimension.
  public init(_ numerator: any DifferentiableDensity, over denominator: any DifferentiableDensity) {
    ratio = Ratio(numerator, over: denominator)
    (self.numerator, self.denominator) = (numerator, denominator)
  }

  /// D.
  public var dimension: Int { ratio.dimension }

  /// ρ.
  public var posterior: any Density { numerator }

  /// log Z of ρ less that of π, where both are known.
  public var posteriorLogNormalizer: Double? { ratio.posteriorLogNormalizer }

  /// Writes log r.
  public func logDensity(of x: Points, into out: UnsafeMutablePointer<Float>) throws {
    try ratio.logDensity(of: x, into: out)
  }

  /// Writes log r and its score.
  public func logDensity(
    of x: Points, into out: UnsafeMutablePointer<Float>, score: UnsafeMutablePointer<Float>
  ) throws {
    try numerator.logDensity(of: x, into: out, score: score)
    try ratio.subtract(denominator, at: x, from: out, score)
  }
}
