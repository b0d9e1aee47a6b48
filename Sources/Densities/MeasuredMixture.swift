import Kernels
import Numerics
import Storage

/// Which mixture, and what was measured of a point.
public struct MeasuredMixtureConfig: Codable, Sendable, Equatable {
  /// The prior that the constraint is meant for.
  public var mixture = GaussianMixtureConfig()
  /// What was measured.
  public var measurement = MeasuredMixtureConfig.firstCoordinate

  /// The first coordinate of two Gaussians.
  public init() {}

  private static var firstCoordinate: LinearMeasurementConfig {
    var config = LinearMeasurementConfig()
    (config.matrix, config.measurement, config.deviation) = ([[1, 0]], [0.5], 1)
    return config
  }

  /// The constraint.
  /// - Throws: `ConfigError` for numbers that do not fit.
  func open() throws(ConfigError) -> MeasuredMixture {
    let prior: GaussianMixture
    let constraint: LinearMeasurement
    do throws(ConfigError) { prior = try GaussianMixture(mixture) } catch {
      throw error.under("mixture")
    }
    do throws(ConfigError) { constraint = try LinearMeasurement(measurement) } catch {
      throw error.under("measurement")
    }
    try ConfigError.require(
      prior.dimension == constraint.dimension, "measurement",
      "it is of points in dimension \(constraint.dimension), and the mixture's have \(prior.dimension)"
    )
    return try MeasuredMixture(
      constraint, MixturePosterior(prior, mixture, constraint, measurement.deviation))
  }
}

/// A linear measurement of a point of a Gaussian mixture, whose posterior is known.
///
///     log r(x) = -½ |y - A x|² / σ²
public struct MeasuredMixture: DifferentiableDensity, ConstraintDensity {
  private let measurement: LinearMeasurement
  /// The posterior in closed form.
  public let law: MixturePosterior

  init(_ measurement: LinearMeasurement, _ law: MixturePosterior) {
    (self.measurement, self.law) = (measurement, law)
  }

  /// D.
  public var dimension: Int { measurement.dimension }
  /// The posterior.
  public var posterior: any Density { law }
  /// log Z.
  public var posteriorLogNormalizer: Double? { law.logEvidence }

  /// Writes log r.
  public func logDensity(of x: Points, into out: UnsafeMutablePointer<Float>) {
    measurement.logDensity(of: x, into: out)
  }

  /// Writes log r and its gradient.
  public func logDensity(
    of x: Points, into out: UnsafeMutablePointer<Float>, score: UnsafeMutablePointer<Float>
  ) {
    measurement.logDensity(of: x, into: out, score: score)
  }
}

/// The posterior of a Gaussian mixture Σ_k w_k N(m_k, δ² I) under a linear measurement y = A x + σ ε: a mixture again.
///
///     S = δ² A Aᵀ + σ² I,   G = δ² Aᵀ S⁻¹,   r_k = y - A m_k
///     weights ∝ w_k N(r_k; 0, S),   means m_k + G r_k,   covariance δ² (I - G A) of each
///
/// Normalised. A sample corrects one of the prior by a measurement of its own: x + G (y - A x - σ ε).
/// Reference: Doucet (2010), *A note on efficient conditional simulation of Gaussian distributions*
public struct MixturePosterior: NormalizedDensity, SamplableDensity {
  /// D.
  public let dimension: Int
  /// log E_prior[r], with log r = -½ |y - A x|² / σ².
  public let logEvidence: Double
  /// The weights of the components.
  public let weights: [Double]
  private let prior: GaussianMixture
  private let measurement: LinearMeasurement
  /// m_k, [K, D]; A, [M, D]; G, [D, M].
  private let priorMeans, matrix, gain: [Double]
  private let spread, deviation: Double

  /// - Throws: `ConfigError` for a measurement of less noise than can be computed with.
  init(
    _ prior: GaussianMixture, _ mixture: GaussianMixtureConfig, _ measurement: LinearMeasurement,
    _ deviation: Double
  ) throws(ConfigError) {
    (self.prior, self.measurement, self.deviation) = (prior, measurement, deviation)
    (dimension, spread) = (prior.dimension, mixture.standardDeviation)
    matrix = measurement.matrix.map { Double($0) }
    priorMeans = mixture.means.flatMap { $0 }
    let (d, m) = (prior.dimension, measurement.measurement.count)
    var noise = [Double](repeating: 0, count: m * m)
    for i in 0..<m * m {
      noise[i] = i / m == i % m ? deviation * deviation : 0
      for j in 0..<d {
        noise[i] += spread * spread * matrix[i / m * d + j] * matrix[i % m * d + j]
      }
    }
    guard let factor = try? Cholesky(noise, count: m) else {
      throw .invalid(path: "measurement.deviation", reason: "it is too small to compute with")
    }
    let solved = factor.solve(matrix, columns: d)
    let scale = spread * spread
    gain = (0..<d * m).map { scale * solved[$0 % m * d + $0 / m] }
    var logWeights: [Double] = []
    for (k, weight) in prior.modeWeights.enumerated() {
      let miss = residual(mixture.means[k], measurement)
      let white = factor.solveLower(miss)
      logWeights.append(scalarLog(weight) - 0.5 * white.reduce(0) { $0 + $1 * $1 })
    }
    let top = logWeights.max() ?? 0
    let powers = logWeights.map { scalarExp($0 - top) }
    let sum = powers.reduce(0, +)
    weights = powers.map { $0 / sum }
    logEvidence =
      top + scalarLog(sum) - 0.5 * factor.logDeterminant + Double(m) * scalarLog(deviation)
  }

  /// 0: it is normalised.
  public var logNormalizer: Double { 0 }

  /// The mean, [D].
  public var mean: [Double] {
    let means = componentMeans
    return (0..<dimension).map { j in
      weights.indices.reduce(0) { $0 + weights[$1] * means[$1][j] }
    }
  }

  /// The covariance, [D, D].
  public var covariance: [Double] {
    let (d, m, mean, means) = (dimension, gain.count / dimension, mean, componentMeans)
    return (0..<d * d).map { index in
      let (i, j) = (index / d, index % d)
      let shrunk = (0..<m).reduce(i == j ? 1 : 0) { $0 - gain[i * m + $1] * matrix[$1 * d + j] }
      return weights.indices.reduce(spread * spread * shrunk) {
        $0 + weights[$1] * (means[$1][i] - mean[i]) * (means[$1][j] - mean[j])
      }
    }
  }

  private var componentMeans: [[Double]] {
    weights.indices.map { k in
      let own = Array(priorMeans[k * dimension..<(k + 1) * dimension])
      return corrected(own, by: residual(own, measurement))
    }
  }

  /// x + G r.
  private func corrected(_ x: [Double], by residual: [Double]) -> [Double] {
    let m = residual.count
    return x.indices.map { j in
      residual.indices.reduce(x[j]) { $0 + gain[j * m + $1] * residual[$1] }
    }
  }

  /// Writes log ρ.
  public func logDensity(of x: Points, into out: UnsafeMutablePointer<Float>) {
    prior.logDensity(of: x, into: out)
    let likelihood = UnsafeMutablePointer<Float>.allocate(capacity: max(1, x.count))
    defer { likelihood.deallocate() }
    measurement.logDensity(of: x, into: likelihood)
    for row in 0..<x.count {
      out[row] = Float(Double(out[row]) + Double(likelihood[row]) - logEvidence)
    }
  }

  /// Writes exact samples.
  public func sample(
    _ count: Int, firstRow: Int, _ stream: RandomStream, into out: UnsafeMutablePointer<Float>
  ) {
    let (d, law) = (dimension, Categorical(weights: weights))
    for row in 0..<count {
      let k = stream.draw(law, row: firstRow + row)
      let x = (0..<d).map { j in
        priorMeans[k * d + j]
          + spread * stream.draw(Normal(), step: 0, row: firstRow + row, column: j)
      }
      let miss = residual(x, measurement).enumerated().map { index, miss in
        miss - deviation * stream.draw(Normal(), step: 1, row: firstRow + row, column: index)
      }
      for (j, value) in corrected(x, by: miss).enumerated() { out[row * d + j] = Float(value) }
    }
  }
}

/// y - A x.
private func residual(_ x: [Double], _ measurement: LinearMeasurement) -> [Double] {
  measurement.measurement.enumerated().map { index, y in
    x.indices.reduce(Double(y)) {
      $0 - Double(measurement.matrix[index * x.count + $1]) * x[$1]
    }
  }
}
