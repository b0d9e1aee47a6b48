import Catalogs
import Kernels
import Storage

/// The numbers of a ring.
public struct RingConfig: Codable, Sendable, Equatable {
  /// Distance of the ridge from the origin.
  public var radius = 3.0
  /// Standard deviation across the ridge.
  public var standardDeviation = 0.3

  /// The defaults.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case radius
    case standardDeviation = "standard_deviation"
  }
}

/// A ring in the plane, log ρ(x) = -(|x| - R)² / 2σ².
///
/// One mode without a point that is it. log Z = log 2π ∫ r exp(-(r - R)² / 2σ²) dr, by Simpson's rule
/// over r. Radii are drawn from N(r*, σ²), where r* is the most likely radius, R + σ²/r*, and kept
/// with probability r/r* exp(1 - r/r*).
public struct Ring: OnePassDensity, NormalizedDensity, SamplableDensity {
  /// D.
  public var dimension: Int { 2 }
  /// log Z.
  public let logNormalizer: Double
  private let radius: Double
  private let standardDeviation: Double

  /// A ring of checked numbers.
  /// - Throws: `ConfigError` for numbers out of range.
  public init(_ config: RingConfig) throws(ConfigError) {
    for (value, path) in [
      (config.radius, "radius"), (config.standardDeviation, "standard_deviation"),
    ] {
      try ConfigError.require(
        value >= 1e-10 && value <= 1e10, path, "it must be from 1e-10 to 1e10")
    }
    radius = config.radius
    standardDeviation = config.standardDeviation
    logNormalizer = scalarLog(2 * .pi * Self.radialMass(radius, standardDeviation))
  }

  /// ∫ r exp(-(r - R)² / 2σ²) dr over r > 0; 12 σ around the ridge leave out less than 10⁻³⁰.
  private static func radialMass(_ radius: Double, _ deviation: Double) -> Double {
    let (low, high) = (max(0, radius - 12 * deviation), radius + 12 * deviation)
    let intervals = 4096
    let width = (high - low) / Double(intervals)
    let sum = (0...intervals).reduce(0.0) { sum, index in
      let r = low + width * Double(index)
      let u = (r - radius) / deviation
      let weight = index == 0 || index == intervals ? 1.0 : index % 2 == 1 ? 4 : 2
      return sum + weight * r * scalarExp(-0.5 * u * u)
    }
    return sum * width / 3
  }

  /// Writes exact samples: a direction from two normals, a radius by refusal.
  public func sample(
    _ count: Int, firstRow: Int, _ stream: RandomStream, into out: UnsafeMutablePointer<Float>
  ) {
    for row in 0..<count {
      var words = stream.words(of: .normal, row: firstRow + row, column: 0)
      let (a, b) = (Normal().draw(&words), Normal().draw(&words))
      let factor = drawRadius(&words) / (a * a + b * b).squareRoot()
      out[2 * row] = Float(factor * a)
      out[2 * row + 1] = Float(factor * b)
    }
  }

  /// log r is below its tangent at r*, so the radial density is below a normal around r*.
  private func drawRadius(_ words: inout RandomWords) -> Double {
    let variance = standardDeviation * standardDeviation
    let mode = 0.5 * (radius + (radius * radius + 4 * variance).squareRoot())
    while true {
      let ratio = (mode + standardDeviation * Normal().draw(&words)) / mode
      if words.unit() < ratio * scalarExp(1 - ratio) { return ratio * mode }
    }
  }

  /// Writes log ρ and, where there is room for it, the score, which is 0 at the origin.
  public func evaluate(
    _ x: Points, _ out: UnsafeMutablePointer<Float>, score: UnsafeMutablePointer<Float>?
  ) {
    let precision = 1 / (standardDeviation * standardDeviation)
    for row in 0..<x.count {
      let (a, b) = (Double(x.data[2 * row]), Double(x.data[2 * row + 1]))
      let r = (a * a + b * b).squareRoot()
      let excess = r - radius
      out[row] = Float(-0.5 * precision * excess * excess)
      let factor = r > 0 ? -precision * excess / r : 0
      score?[2 * row] = Float(factor * a)
      score?[2 * row + 1] = Float(factor * b)
    }
  }
}
