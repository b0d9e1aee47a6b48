import Catalogs
import KernelTables
import Kernels
import Storage

/// The numbers of a funnel.
public struct FunnelConfig: Codable, Sendable, Equatable {
  /// D.
  public var dimension = 10
  /// Standard deviation of the first coordinate.
  public var standardDeviation: Double

  /// Ten dimensions, with this standard deviation.
  public init(standardDeviation: Double = 3) { self.standardDeviation = standardDeviation }

  enum CodingKeys: String, CodingKey {
    case dimension
    case standardDeviation = "standard_deviation"
  }
}

/// Neal's funnel: x₀ ~ N(0, σ²) and, given x₀, the D - 1 others independent N(0, exp(x₀)).
///
/// Normalised, log Z = 0. Some implementations take σ = 1 where σ² = 9 was meant; that is
/// the easy funnel.
/// Reference: Neal (2003), *Slice sampling*, Annals of Statistics 31, section 8
public struct Funnel: DifferentiableDensity, NormalizedDensity, SamplableDensity {
  /// Sources.
  public static let references = [
    Reference("Neal", 2003, "Slice sampling", "doi:10.1214/aos/1056562461, section 8")
  ]

  /// D.
  public let dimension: Int
  let standardDeviation: Double
  private let parameters: FunnelParameters

  /// A funnel of checked numbers.
  /// - Throws: `ConfigError` for a dimension out of range or a standard deviation that is not positive.
  public init(_ config: FunnelConfig) throws(ConfigError) {
    guard (1...1_000_000).contains(config.dimension) else {
      throw .invalid(path: "dimension", reason: "it must be from 1 to 1000000")
    }
    try ConfigError.requirePositive(config.standardDeviation, "standard_deviation")
    dimension = config.dimension
    standardDeviation = config.standardDeviation
    parameters = FunnelParameters(
      precision: 1 / (standardDeviation * standardDeviation),
      constant: -scalarLog(standardDeviation) - 0.5 * Double(dimension) * scalarLog(2 * .pi),
      dimension: dimension)
  }

  /// 0: the funnel is normalised.
  public var logNormalizer: Double { 0 }

  /// Writes log ρ.
  public func logDensity(of x: Points, into out: UnsafeMutablePointer<Float>) {
    InstructionSet.active.kernels.funnel(
      parameters, x: x.data, rows: x.count, logDensity: out, score: nil)
  }

  /// Writes log ρ and the score.
  public func logDensity(
    of x: Points, into out: UnsafeMutablePointer<Float>, score: UnsafeMutablePointer<Float>
  ) {
    InstructionSet.active.kernels.funnel(
      parameters, x: x.data, rows: x.count, logDensity: out, score: score)
  }

  /// Writes exact samples: the first coordinate, then the others at its width.
  public func sample(
    _ count: Int, firstRow: Int, _ stream: RandomStream, into out: UnsafeMutablePointer<Float>
  ) {
    InstructionSet.active.kernels.normals(
      key: stream.key, step: 0, firstRow: firstRow, rows: count, columns: dimension, to: out)
    for row in 0..<count {
      let point = out + row * dimension
      let first = standardDeviation * Double(point[0])
      point[0] = Float(first)
      let width = Float(scalarExp(0.5 * first))
      for j in 1..<max(1, dimension) { point[j] *= width }
    }
  }
}
