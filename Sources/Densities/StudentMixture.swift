import Catalogs
import Kernels
import Storage

/// The numbers of a mixture of Student-t distributions.
public struct StudentMixtureConfig: Codable, Sendable, Equatable {
  /// Centre of each component.
  public var means: [[Double]] = [[-5, -5], [-5, 5], [5, -5], [5, 5]]
  /// Relative weight of each component; empty for equal weights.
  public var weights: [Double] = []
  /// ν, degrees of freedom of all components.
  public var degreesOfFreedom = 2.0
  /// s, width of all components in every direction; no standard deviation, which ν <= 2 does not have.
  public var width = 1.0

  /// The defaults.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case means, weights, width
    case degreesOfFreedom = "degrees_of_freedom"
  }
}

/// A mixture of multivariate Student-t distributions, ρ(x) = Σ_k w_k t_ν(x; m_k, s² I); log Z = 0.
///
///     log t_ν(x; m, s² I) = log Γ((ν + D)/2) - log Γ(ν/2) - D/2 log(ν π s²)
///                           - (ν + D)/2 log(1 + |x - m|² / ν s²)
///
/// Heavy tails, where a Gaussian proposal has weights of infinite variance. Mode weights are those of
/// the components; a point counts for the nearest mean, so tails that reach into another cell
/// shift the shares of cells that are not symmetric.
/// Reference: Blessing et al. (2024), *Beyond ELBOs*, arXiv:2406.07423, the mixture of Student-t
public struct StudentMixture: DifferentiableDensity, NormalizedDensity, SamplableDensity,
  MultimodalDensity
{
  /// Sources.
  public static let references = [
    Reference(
      "Blessing, Jia, Esslinger, Vargas, Neumann", 2024,
      "Beyond ELBOs: a large-scale evaluation of variational methods for sampling",
      "arXiv:2406.07423")
  ]

  /// D.
  public let dimension: Int
  /// The weights, adding up to 1.
  public let modeWeights: [Double]
  private let means: [[Double]]
  private let logScales: [Double]
  private let degreesOfFreedom: Double
  private let width: Double

  /// A mixture of validated numbers.
  /// - Throws: `ConfigError` for no or uneven means, weights that do not fit, or numbers <= 0.
  public init(_ config: StudentMixtureConfig) throws(ConfigError) {
    (dimension, modeWeights) = try checkedComponents(config.means, config.weights)
    try ConfigError.require(
      config.degreesOfFreedom > 0 && config.degreesOfFreedom <= 1e6, "degrees_of_freedom",
      "it must be positive and at most 1000000")
    try ConfigError.requirePositive(config.width, "width")
    means = config.means
    (degreesOfFreedom, width) = (config.degreesOfFreedom, config.width)
    let nu = degreesOfFreedom
    let constant =
      logGamma(0.5 * (nu + Double(dimension))) - logGamma(0.5 * nu)
      - 0.5 * Double(dimension) * scalarLog(nu * .pi * width * width)
    logScales = modeWeights.map { scalarLog($0) + constant }
  }

  /// 0: the mixture is normalised.
  public var logNormalizer: Double { 0 }

  /// 1: a mixture is no product.
  public var factors: Int { 1 }

  /// Number of components.
  public var modeCount: Int { modeWeights.count }

  /// The nearest mean.
  public func mode(of x: UnsafePointer<Float>, factor: Int) -> Int {
    let distances = means.map { squaredDistance(x, $0) }
    return distances.indices.min { distances[$0] < distances[$1] } ?? 0
  }

  /// Writes log ρ.
  public func logDensity(of x: Points, into out: UnsafeMutablePointer<Float>) {
    for row in 0..<x.count { out[row] = Float(logDensity(x.data + row * dimension)) }
  }

  /// Writes log ρ and the score, Σ_k r_k (ν + D) (m_k - x) / (ν s² + |x - m_k|²) with r_k the share of
  /// component k in ρ(x).
  public func logDensity(
    of x: Points, into out: UnsafeMutablePointer<Float>, score: UnsafeMutablePointer<Float>
  ) {
    score.update(repeating: 0, count: x.count * dimension)
    for row in 0..<x.count {
      let (point, slope) = (x.data + row * dimension, score + row * dimension)
      let value = logDensity(point)
      out[row] = Float(value)
      for k in means.indices {
        let square = squaredDistance(point, means[k])
        let share = scalarExp(logTerm(k, square) - value)
        let pull =
          share * (degreesOfFreedom + Double(dimension))
          / (degreesOfFreedom * width * width + square)
        for j in 0..<dimension { slope[j] += Float(pull * (means[k][j] - Double(point[j]))) }
      }
    }
  }

  /// Writes exact samples: a component by its weight, then s z √(ν / 2g) with z normal and g gamma of
  /// shape ν/2.
  public func sample(
    _ count: Int, firstRow: Int, _ stream: RandomStream, into out: UnsafeMutablePointer<Float>
  ) {
    InstructionSet.active.kernels.normals(
      key: stream.key, step: 0, firstRow: firstRow, rows: count, columns: dimension, to: out)
    let (component, gamma) = (
      Categorical(weights: modeWeights), Gamma(shape: 0.5 * degreesOfFreedom)
    )
    for row in 0..<count {
      var words = stream.words(of: .categorical, row: firstRow + row, column: 0)
      let mean = means[component.draw(&words)]
      var gammaWords = stream.words(of: .gamma, row: firstRow + row, column: 0)
      let logStretch = 0.5 * (scalarLog(0.5 * degreesOfFreedom) - gamma.logarithm(&gammaWords))
      let stretch = width * scalarExp(logStretch)
      for j in 0..<dimension {
        let place = row * dimension + j
        out[place] = Float(mean[j] + stretch * Double(out[place]))
      }
    }
  }

  private func squaredDistance(_ x: UnsafePointer<Float>, _ mean: [Double]) -> Double {
    var square = 0.0
    for j in 0..<dimension { square += (Double(x[j]) - mean[j]) * (Double(x[j]) - mean[j]) }
    return square
  }

  /// log w_k t_ν at a squared distance from mean k.
  private func logTerm(_ k: Int, _ square: Double) -> Double {
    let tail = scalarLog(1 + square / (degreesOfFreedom * width * width))
    return logScales[k] - 0.5 * (degreesOfFreedom + Double(dimension)) * tail
  }

  /// The logarithm of a sum of exponentials, kept as its greatest term and the sum relative to it.
  private func logDensity(_ point: UnsafePointer<Float>) -> Double {
    var (greatest, sum) = (-Double.infinity, 0.0)
    for k in means.indices {
      let term = logTerm(k, squaredDistance(point, means[k]))
      if term > greatest {
        sum = sum * scalarExp(greatest - term) + 1
        greatest = term
      } else {
        sum += scalarExp(term - greatest)
      }
    }
    return greatest + scalarLog(sum)
  }
}

/// log Γ(x) for x > 0, to about 10⁻¹⁴ of the larger of 1 and its size.
///
/// Stirling's series at x + n >= 12, whose first term left out is below 10⁻¹⁵, less the logarithm of
/// x (x + 1) ⋯ (x + n - 1).
func logGamma(_ x: Double) -> Double {
  var (z, product) = (x, 1.0)
  while z < 12 {
    product *= z
    z += 1
  }
  let inverse = 1 / z
  let square = inverse * inverse
  let series =
    inverse
    * (1.0 / 12 - square
      * (1.0 / 360 - square * (1.0 / 1260 - square * (1.0 / 1680 - square / 1188))))
  return (z - 0.5) * scalarLog(z) - z + 0.5 * scalarLog(2 * .pi) + series - scalarLog(product)
}
