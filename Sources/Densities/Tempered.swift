import Kernels

/// A density whose powers have a known integral.
public protocol PowerNormalizedDensity: Density {
  /// log ∫ρ^β for β > 0, in nats; nil where it is not known.
  func logNormalizer(ofPower inverseTemperature: Double) -> Double?
}

/// A power of a density, log ρ_β = β log ρ: flatter than it for β < 1, more peaked for β > 1.
///
/// It has a score where the base has one. Neither samples nor modes' weights are those of the base.
public struct Tempered<Base: Density>: Density {
  /// D.
  public var dimension: Int { base.dimension }
  private let base: Base
  private let inverseTemperature: Float

  /// The power β of a density.
  public init(_ base: Base, inverseTemperature: Double) {
    (self.base, self.inverseTemperature) = (base, Float(inverseTemperature))
  }

  /// Writes log ρ_β.
  public func logDensity(of x: Points, into out: UnsafeMutablePointer<Float>) throws {
    try base.logDensity(of: x, into: out)
    for row in 0..<x.count { out[row] *= inverseTemperature }
  }
}

extension Tempered: DifferentiableDensity where Base: DifferentiableDensity {
  /// Writes log ρ_β and the score.
  public func logDensity(
    of x: Points, into out: UnsafeMutablePointer<Float>, score: UnsafeMutablePointer<Float>
  ) throws {
    try base.logDensity(of: x, into: out, score: score)
    for row in 0..<x.count { out[row] *= inverseTemperature }
    for i in 0..<x.count * dimension { score[i] *= inverseTemperature }
  }
}

/// A density whose log Z is known beside it.
public struct KnownNormalizer<Base: Density>: NormalizedDensity {
  /// D.
  public var dimension: Int { base.dimension }
  /// log Z.
  public let logNormalizer: Double
  private let base: Base

  /// A density with its log Z.
  public init(_ base: Base, logNormalizer: Double) {
    (self.base, self.logNormalizer) = (base, logNormalizer)
  }

  /// Writes log ρ.
  public func logDensity(of x: Points, into out: UnsafeMutablePointer<Float>) throws {
    try base.logDensity(of: x, into: out)
  }
}

extension KnownNormalizer: DifferentiableDensity where Base: DifferentiableDensity {
  /// Writes log ρ and the score.
  public func logDensity(
    of x: Points, into out: UnsafeMutablePointer<Float>, score: UnsafeMutablePointer<Float>
  ) throws {
    try base.logDensity(of: x, into: out, score: score)
  }
}

// MARK: - Known powers

extension GaussianMixture: PowerNormalizedDensity {
  /// Of one Gaussian, D/2 ((1 - β) log 2πσ² - log β); of several, not known.
  public func logNormalizer(ofPower inverseTemperature: Double) -> Double? {
    guard modeCount == 1 else { return nil }
    let variance = standardDeviation * standardDeviation
    return 0.5 * Double(dimension)
      * ((1 - inverseTemperature) * scalarLog(2 * .pi * variance) - scalarLog(inverseTemperature))
  }
}

extension Funnel: PowerNormalizedDensity {
  /// Given x₀ = v, each other coordinate contributes ½ ((1 - β) (log 2π + v) - log β); what is left is the
  /// integral of N(v; 0, σ²)^β exp(c v) with c = (D - 1)(1 - β)/2.
  public func logNormalizer(ofPower inverseTemperature: Double) -> Double? {
    let beta = inverseTemperature
    let variance = standardDeviation * standardDeviation
    let tilt = 0.5 * Double(dimension - 1) * (1 - beta)
    let each = 0.5 * ((1 - beta) * scalarLog(2 * .pi) - scalarLog(beta))
    return Double(dimension) * each + 0.5 * (1 - beta) * scalarLog(variance)
      + 0.5 * tilt * tilt * variance / beta
  }
}
