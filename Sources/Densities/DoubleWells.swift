import Catalogs
import Kernels
import Storage

/// The numbers of a product of symmetric double wells.
public struct DoubleWellsConfig: Codable, Sendable, Equatable {
  /// D.
  public var dimension = 5
  /// Number of coordinates with two wells, the first ones; 0 for all.
  public var wells = 0
  /// δ: the wells are at ±√δ, behind a barrier of height δ².
  public var separation = 4.0

  /// Five wells in five dimensions, δ = 4.
  public init() {}
}

/// Symmetric double wells in m coordinates and standard normals in the others,
/// log ρ(x) = -Σ_{i < m} (x_i² - δ)² - ½ Σ_{i >= m} x_i².
///
/// Called MW-m; 2^m equal modes at (±√δ, …, 0, …), counted well by well. log Z is m times that of one
/// well, by quadrature, plus (D - m)/2 log 2π.
/// Reference: Richter and Berner (2024), *Improved sampling via learned diffusions*, arXiv:2307.01198;
/// Liu et al. (2025), arXiv:2506.22565, MW-5
public struct DoubleWells: OnePassDensity, NormalizedDensity, SamplableDensity,
  MultimodalDensity
{
  /// Sources.
  public static let references = [
    Reference(
      "Richter, Berner", 2024, "Improved sampling via learned diffusions", "arXiv:2307.01198"),
    Reference(
      "Liu, Choi, Chen, Miller, Chen", 2025, "Adjoint Schrödinger bridge sampler",
      "arXiv:2506.22565"),
  ]

  /// D.
  public let dimension: Int
  private let wells: Int
  private let separation: Double
  private let well: DoubleWell

  /// A product of checked numbers.
  /// - Throws: `ConfigError` for numbers out of range.
  public init(_ config: DoubleWellsConfig) throws(ConfigError) {
    try ConfigError.require(
      (1...1_000_000).contains(config.dimension), "dimension", "it must be from 1 to 1000000")
    let wells = config.wells == 0 ? config.dimension : config.wells
    try ConfigError.require(
      (1...config.dimension).contains(wells), "wells",
      "it must be from 1 to the dimension, \(config.dimension), or 0 for all")
    try ConfigError.require(
      config.separation > 0 && config.separation <= 100, "separation",
      "it must be positive and at most 100")
    dimension = config.dimension
    self.wells = wells
    separation = config.separation
    well = DoubleWell(
      quadratic: 2 * separation, linear: 0, constant: -separation * separation)
  }

  /// m log ∫ exp(-(a² - δ)²) da + (D - m)/2 log 2π.
  public var logNormalizer: Double {
    Double(wells) * well.logNormalizer + 0.5 * Double(dimension - wells) * scalarLog(2 * .pi)
  }

  /// The wells.
  public var factors: Int { wells }

  /// Left and right.
  public var modeCount: Int { 2 }

  /// ½ left and right of 0.
  public var modeWeights: [Double] { [0.5, 0.5] }

  /// 0 left of 0, 1 right of it.
  public func mode(of x: UnsafePointer<Float>, factor: Int) -> Int { x[factor] < 0 ? 0 : 1 }

  /// Writes exact samples: wells from their histogram, the others normal.
  public func sample(
    _ count: Int, firstRow: Int, _ stream: RandomStream, into out: UnsafeMutablePointer<Float>
  ) {
    InstructionSet.active.kernels.normals(
      key: stream.key, step: 0, firstRow: firstRow, rows: count, columns: dimension, to: out)
    for row in 0..<count {
      for column in 0..<wells {
        var words = stream.words(of: .uniform, row: firstRow + row, column: column)
        out[row * dimension + column] = Float(well.draw(&words))
      }
    }
  }

  /// Writes log ρ and, where there is room for it, the score.
  public func evaluate(
    _ x: Points, _ out: UnsafeMutablePointer<Float>, score: UnsafeMutablePointer<Float>?
  ) {
    for row in 0..<x.count {
      let point = x.data + row * dimension
      var sum = 0.0
      for j in 0..<dimension {
        let value = Double(point[j])
        let excess = j < wells ? value * value - separation : 0
        sum -= j < wells ? excess * excess : 0.5 * value * value
        score?[row * dimension + j] = Float(j < wells ? -4 * value * excess : -value)
      }
      out[row] = Float(sum)
    }
  }
}
