import Catalogs
import KernelTables
import Kernels
import Numerics
import Storage

/// The numbers of the log-Gaussian Cox process.
public struct LogGaussianCoxConfig: Codable, Sendable, Equatable {
  /// M, cells along each side and a divisor of 40.
  ///
  /// D = M².
  public var grid = 40
  /// Whether points are the white noise v of f = µ + L v rather than f itself.
  public var whitened = false
  /// σ², variance of the log-intensity in every cell.
  public var variance = 1.91
  /// β, length over which its correlation falls to 1/e, in sides of the plot.
  public var correlationLength = 1.0 / 33

  /// The defaults.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case grid, whitened, variance
    case correlationLength = "correlation_length"
  }
}

/// The posterior of the log-intensity f of 126 pine saplings on M² cells of the unit square.
///
///     f ~ N(µ, K)   K_ij = σ² exp(-|i - j| / M β)   µ = log 126 - σ²/2   |i - j| in cells
///     log ρ(f) = log N(f; µ, K) + Σ_i n_i f_i - a exp(f_i)   a = 1/M²
///
/// The Poisson terms that do not depend on f are left out, as is usual. log Z is not known: 512.6 and
/// 501.8 in the literature, both noisy. Where `whitened`, the point is v with f = µ + L v, L Lᵀ = K, and
/// log ρ(v) = log N(v; 0, I) + the same likelihood; log Z is the same.
///
/// The inverse of K, or L, is computed once, in 64 bits; a batch costs one product with it, whitened
/// two, in 32. Opening takes about half a second for M = 40.
/// Reference: Møller, Syversveen, Waagepetersen (1998), *Log Gaussian Cox processes*; Heng et al. (2020),
/// arXiv:1708.08396, section 5.3, for these numbers
public struct LogGaussianCox: OnePassDensity {
  /// Sources.
  public static let references = [
    Reference(
      "Møller, Syversveen, Waagepetersen", 1998, "Log Gaussian Cox processes",
      "doi:10.1111/1467-9469.00115"),
    Reference(
      "Heng, Bishop, Deligiannidis, Doucet", 2020, "Controlled sequential Monte Carlo",
      "arXiv:1708.08396"),
    Reference(
      "Kellomäki, Penttinen", 2022, "Pine saplings in Finland",
      "data set finpines of the R package spatstat.data"),
  ]

  /// D = M².
  public let dimension: Int
  /// n, the saplings of each cell.
  public let counts: [Float]
  private let mean: Double
  private let isWhitened: Bool
  /// Log of the normal's density at its mean.
  private let constant: Double
  /// K⁻¹, or Lᵀ where whitened, [D, D].
  private let matrix: [Float]
  /// What f - µ starts from to become a product with f: -µ K⁻¹ 1, or µ where whitened, [D].
  private let start: [Float]
  private let scratch: SharedScratch

  /// The posterior for checked numbers.
  /// - Throws: `ConfigError` for numbers out of range, or a length that leaves K singular.
  public init(_ config: LogGaussianCoxConfig) throws(ConfigError) {
    let side = FinnishPines.cells
    try ConfigError.require(
      config.grid > 0 && side.isMultiple(of: config.grid), "grid",
      "it must be a divisor of \(side)")
    try ConfigError.require(
      config.variance >= 1e-6 && config.variance <= 1000, "variance",
      "it must be from 1e-6 to 1000")
    try ConfigError.requirePositive(config.correlationLength, "correlation_length")
    dimension = config.grid * config.grid
    counts = Self.counts(config.grid)
    mean = scalarLog(Double(counts.reduce(0, +))) - 0.5 * config.variance
    isWhitened = config.whitened
    let factor: Cholesky<Double>
    do {
      factor = try Cholesky(Self.covariance(config), count: dimension)
    } catch {
      throw .invalid(path: "correlation_length", reason: "the covariance is singular")
    }
    constant =
      -0.5 * Double(dimension) * scalarLog(2 * .pi)
      - (isWhitened ? 0 : 0.5 * factor.logDeterminant)
    matrix = (isWhitened ? factor.upper : factor.inverse).map { Float($0) }
    let ones = [Double](repeating: -mean, count: dimension)
    start = (isWhitened ? ones.map { -$0 } : factor.solve(ones)).map { Float($0) }
    scratch = SharedScratch(2 * scratchRows * dimension)
  }

  /// The saplings in each of M² cells, row by row.
  private static func counts(_ grid: Int) -> [Float] {
    let step = FinnishPines.cells / grid
    var counts = [Float](repeating: 0, count: grid * grid)
    for (i, line) in FinnishPines.counts.split(separator: "\n").enumerated() {
      for (j, digit) in line.enumerated() {
        counts[i / step * grid + j / step] += Float(digit.wholeNumberValue ?? 0)
      }
    }
    return counts
  }

  /// K, [D, D]: a function of the difference of two cells along both axes.
  private static func covariance(_ config: LogGaussianCoxConfig) -> [Double] {
    let m = config.grid
    let table = (0..<m * m).map { index in
      let (i, j) = (Double(index / m), Double(index % m))
      let distance = (i * i + j * j).squareRoot()
      return config.variance * scalarExp(-distance / (Double(m) * config.correlationLength))
    }
    return [Double](unsafeUninitializedCapacity: m * m * m * m) { covariance, count in
      count = m * m * m * m
      for a in 0..<m * m {
        for b in 0..<m * m {
          let (di, dj) = (abs(a / m - b / m), abs(a % m - b % m))
          covariance[a * m * m + b] = table[di * m + dj]
        }
      }
    }
  }

  /// Writes log ρ and, where there is room for it, the score.
  public func evaluate(
    _ x: Points, _ out: UnsafeMutablePointer<Float>, score: UnsafeMutablePointer<Float>?
  ) {
    scratch.borrow { scratch in
      x.forEachPiece(of: scratchRows) { piece, first in
        let slope = score.map { $0 + first * dimension }
        if isWhitened {
          whitened(piece, out + first, score: slope, scratch)
        } else {
          plain(piece, out + first, score: slope, scratch)
        }
      }
    }
  }
}

// MARK: - In f

extension LogGaussianCox {
  /// log ρ(f) and n - a exp f - K⁻¹ (f - µ).
  private func plain(
    _ f: Points, _ out: UnsafeMutablePointer<Float>, score: UnsafeMutablePointer<Float>?,
    _ scratch: UnsafeMutablePointer<Float>
  ) {
    let kernels = InstructionSet.active.kernels
    let (intensity, pull) = (scratch, score ?? scratch + scratchRows * dimension)
    multiply(f.data, f.count, to: pull)
    kernels.map(.exponential, f.data, to: intensity, count: f.count * dimension)
    for row in 0..<f.count {
      let (f, intensity) = (f.data + row * dimension, intensity + row * dimension)
      let pull = pull + row * dimension
      var square = 0.0
      for i in 0..<dimension { square += (Double(f[i]) - mean) * Double(pull[i]) }
      out[row] = Float(constant - 0.5 * square + logLikelihood(f, intensity))
      guard score != nil else { continue }
      for i in 0..<dimension { pull[i] = residual(i, intensity) - pull[i] }
    }
  }

  /// start + x matrix.
  private func multiply(
    _ x: UnsafePointer<Float>, _ rows: Int, to out: UnsafeMutablePointer<Float>
  ) {
    matrix.withUnsafeBytes { matrix in
      start.withUnsafeBytes { start in
        guard let matrix = matrix.baseAddress, let start = start.baseAddress else { return }
        InstructionSet.active.kernels.product(
          MatrixProduct(
            a: x, b: matrix, c: out, rows: rows, columns: dimension, depth: dimension
          ).adding(row: start))
      }
    }
  }

  /// Σ n f - a exp f.
  private func logLikelihood(
    _ f: UnsafePointer<Float>, _ intensity: UnsafeMutablePointer<Float>
  ) -> Double {
    var (sum, mass) = (0.0, 0.0)
    for i in 0..<dimension {
      sum += Double(counts[i]) * Double(f[i])
      mass += Double(intensity[i])
    }
    return sum - mass / Double(dimension)
  }

  /// n - a exp f; held at -10³⁰, for an infinity times a zero of L would be NaN.
  private func residual(_ i: Int, _ intensity: UnsafeMutablePointer<Float>) -> Float {
    max(counts[i] - intensity[i] / Float(dimension), -1e30)
  }
}

// MARK: - In v

extension LogGaussianCox {
  /// log ρ(v) and Lᵀ (n - a exp f) - v.
  private func whitened(
    _ v: Points, _ out: UnsafeMutablePointer<Float>, score: UnsafeMutablePointer<Float>?,
    _ scratch: UnsafeMutablePointer<Float>
  ) {
    let (intensity, f) = (scratch, scratch + scratchRows * dimension)
    multiply(v.data, v.count, to: f)
    InstructionSet.active.kernels.map(
      .exponential, f, to: intensity, count: v.count * dimension)
    for row in 0..<v.count {
      let (v, f) = (v.data + row * dimension, f + row * dimension)
      let intensity = intensity + row * dimension
      var square = 0.0
      for i in 0..<dimension { square += Double(v[i]) * Double(v[i]) }
      out[row] = Float(constant - 0.5 * square + logLikelihood(f, intensity))
      guard let score = score.map({ $0 + row * dimension }) else { continue }
      for i in 0..<dimension { (f[i], score[i]) = (residual(i, intensity), -v[i]) }
    }
    if let score { addBack(f, v.count, to: score) }
  }

  /// score += residuals L, L the transpose of the matrix.
  private func addBack(
    _ residuals: UnsafeMutablePointer<Float>, _ rows: Int, to score: UnsafeMutablePointer<Float>
  ) {
    matrix.withUnsafeBytes { matrix in
      guard let matrix = matrix.baseAddress else { return }
      InstructionSet.active.kernels.product(
        MatrixProduct(
          a: residuals, b: matrix, c: score, rows: rows, columns: dimension, depth: dimension
        ).transposingB().accumulating())
    }
  }
}
