import Catalogs
import Kernels
import Storage

/// The numbers of a banana.
public struct BananaConfig: Codable, Sendable, Equatable {
  /// D, at least 2.
  public var dimension = 2
  /// σ, standard deviation of the first coordinate.
  public var standardDeviation = 10.0
  /// b, how far the second coordinate bends with the square of the first.
  public var curvature = 0.03

  /// The defaults.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case dimension, curvature
    case standardDeviation = "standard_deviation"
  }
}

/// A twisted Gaussian along a parabola, as Rosenbrock's valley: x₀ ~ N(0, σ²), x₁ = u + b (x₀² - σ²) with
/// u ~ N(0, 1), all others standard normal.
///
/// The twist keeps volumes, so log Z = 0, and means, so E[x] = 0; Var x₁ = 1 + 2 b² σ⁴.
/// Reference: Haario, Saksman, Tamminen (1999), *Adaptive proposal distribution for random walk Metropolis
/// algorithm*, section 4
public struct Banana: OnePassDensity, NormalizedDensity, SamplableDensity {
  /// Sources.
  public static let references = [
    Reference(
      "Haario, Saksman, Tamminen", 1999,
      "Adaptive proposal distribution for random walk Metropolis algorithm",
      "doi:10.1007/s001800050022")
  ]

  /// D.
  public let dimension: Int
  private let standardDeviation: Double
  private let curvature: Double
  private let constant: Double

  /// A banana of checked numbers.
  /// - Throws: `ConfigError` for numbers out of range.
  public init(_ config: BananaConfig) throws(ConfigError) {
    try ConfigError.require(
      (2...1_000_000).contains(config.dimension), "dimension", "it must be from 2 to 1000000")
    try ConfigError.requirePositive(config.standardDeviation, "standard_deviation")
    try ConfigError.require(config.curvature.isFinite, "curvature", "it must be finite")
    dimension = config.dimension
    standardDeviation = config.standardDeviation
    curvature = config.curvature
    constant = -scalarLog(standardDeviation) - 0.5 * Double(dimension) * scalarLog(2 * .pi)
  }

  /// 0: the banana is normalised.
  public var logNormalizer: Double { 0 }

  /// Writes exact samples: normals, twisted.
  public func sample(
    _ count: Int, firstRow: Int, _ stream: RandomStream, into out: UnsafeMutablePointer<Float>
  ) {
    InstructionSet.active.kernels.normals(
      key: stream.key, step: 0, firstRow: firstRow, rows: count, columns: dimension, to: out)
    for row in 0..<count {
      let point = out + row * dimension
      let first = standardDeviation * Double(point[0])
      point[1] = Float(Double(point[1]) + bend(first))
      point[0] = Float(first)
    }
  }

  /// b (x₀² - σ²).
  private func bend(_ first: Double) -> Double {
    curvature * (first * first - standardDeviation * standardDeviation)
  }

  /// Writes log ρ and, where there is room for it, the score.
  public func evaluate(
    _ x: Points, _ out: UnsafeMutablePointer<Float>, score: UnsafeMutablePointer<Float>?
  ) {
    for row in 0..<x.count {
      let point = x.data + row * dimension
      let first = Double(point[0])
      let straight = Double(point[1]) - bend(first)
      let pull = -first / (standardDeviation * standardDeviation)
      var sum = 0.5 * first * pull - 0.5 * straight * straight
      for j in 2..<max(2, dimension) { sum -= 0.5 * Double(point[j]) * Double(point[j]) }
      out[row] = Float(constant + sum)
      guard let score = score.map({ $0 + row * dimension }) else { continue }
      score[0] = Float(pull + 2 * curvature * first * straight)
      score[1] = Float(-straight)
      for j in 2..<max(2, dimension) { score[j] = -point[j] }
    }
  }
}
