/// What a replica moves on: a power of the density, with or without a Gaussian pulling to the origin.
///
/// ```text
/// log π(x) = β log ρ(x) - κ |x|² / 2,      κ = (1 - β) / σ²  along the bridge from N(0, σ² I) to ρ
/// ```
public struct Annealing: Sendable, Equatable {
  /// β.
  public let inverseTemperature: Double
  /// κ.
  public let pull: Double

  /// The density itself.
  public static let none = Annealing(temperature: 1)

  /// ρ^(1/T).
  public init(temperature: Double) { (inverseTemperature, pull) = (1 / temperature, 0) }

  /// The bridge N(0, σ² I)^(1-β) ρ^β.
  public init(bridge inverseTemperature: Double, standardDeviation: Double) {
    self.inverseTemperature = inverseTemperature
    pull = (1 - inverseTemperature) / (standardDeviation * standardDeviation)
  }

  /// log π from log ρ and the point.
  @inline(__always)
  func logDensity(_ logDensity: Float, _ x: UnsafePointer<Float>, _ dimension: Int) -> Double {
    let power = inverseTemperature * Double(logDensity)
    guard pull != 0 else { return power }
    return power - pull * halfSquare(x, dimension)
  }

  /// A component of ∇ log π from that of the score.
  @inline(__always)
  func score(_ score: Float, _ x: Float) -> Float {
    Float(inverseTemperature) * score - Float(pull) * x
  }
}

/// |x|² / 2.
func halfSquare(_ x: UnsafePointer<Float>, _ dimension: Int) -> Double {
  var sum = 0.0
  for j in 0..<dimension { sum += Double(x[j]) * Double(x[j]) }
  return sum / 2
}
