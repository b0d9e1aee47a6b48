import Catalogs
import KernelTables
import Kernels
import Storage

/// The numbers of a Bayesian logistic regression.
public struct LogisticRegressionConfig: Codable, Sendable, Equatable {
  /// Where the observations come from.
  public enum Source: String, Codable, Sendable, CaseIterable {
    /// The Wisconsin diagnostic breast cancer data, 569 tumours with 30 features.
    case breastCancer = "breast-cancer"
    /// The file at `path`.
    case file
  }

  /// The data set.
  public var data = Source.breastCancer
  /// A NumPy or CSV file, [N, features + 1], with two kinds of labels in the last column.
  public var path = ""
  /// Standard deviation of every weight before the data are seen; infinite for a flat prior.
  public var priorStandardDeviation = 10.0

  /// Breast cancer with a normal prior of standard deviation 10.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case data, path
    case priorStandardDeviation = "prior_standard_deviation"
  }
}

/// The posterior of the D weights of a logistic regression on N observations.
///
///     log ρ(w) = log N(w; 0, σ² I) + Σ_n log 1 / (1 + exp(-s_n x_n·w))   s = ±1
///
/// Features x are brought to mean 0 and standard deviation 1, with a 1 in front for the intercept, to which
/// the prior applies too. A flat prior counts as 1; the posterior then has a mass only if no plane
/// separates the two kinds, which one does in the breast cancer data. log Z is not known.
///
/// A batch is one product with the features for log ρ and one more for the score.
/// Reference: Blessing et al. (2024), *Beyond ELBOs*, arXiv:2406.07423, Bayesian logistic regression
public struct LogisticRegression: OnePassDensity {
  /// Sources.
  public static let references = [
    Reference(
      "Blessing, Jia, Esslinger, Vargas, Neumann", 2024,
      "Beyond ELBOs: a large-scale evaluation of variational methods for sampling",
      "arXiv:2406.07423"),
    Reference(
      "Wolberg, Mangasarian, Street, Street", 1993, "Breast cancer Wisconsin (diagnostic)",
      "UCI machine learning repository, doi:10.24432/C5DW2B"),
  ]

  /// D, the features and the intercept.
  public let dimension: Int
  /// N.
  public let observations: Int
  /// s_n x_n, [N, D].
  private let design: [Float]
  /// The same, [D, N].
  private let transposed: [Float]
  private let precision: Double
  private let constant: Double
  private let scratch: SharedScratch
  private let pieceRows: Int

  /// The posterior for checked numbers.
  /// - Throws: `ConfigError` for a width that is not positive, and for a file that cannot be used.
  public init(_ config: LogisticRegressionConfig) throws(ConfigError) {
    let deviation = config.priorStandardDeviation
    try ConfigError.require(
      deviation >= 1e-10, "prior_standard_deviation",
      "it must be at least 1e-10, inf for a flat prior")
    let data = try Self.observations(config)
    (dimension, observations) = (data.features + 1, data.labels.count)
    design = data.signedDesign()
    let (d, n, design) = (dimension, observations, design)
    transposed = (0..<d * n).map { design[$0 % n * d + $0 / n] }
    precision = 1 / (deviation * deviation)
    constant =
      deviation.isFinite ? -Double(d) * (scalarLog(deviation) + 0.5 * scalarLog(2 * .pi)) : 0
    pieceRows = max(1, min(scratchRows, 1 << 20 / n))
    scratch = SharedScratch(2 * pieceRows * n)
  }

  private static func observations(
    _ config: LogisticRegressionConfig
  ) throws(ConfigError) -> LabelledData {
    switch config.data {
    case .breastCancer:
      try ConfigError.require(config.path.isEmpty, "path", "it is read only where data is 'file'")
      return LabelledData.breastCancer
    case .file:
      try ConfigError.require(!config.path.isEmpty, "path", "it must name a .npy or a CSV file")
      return try LabelledData(reading: config.path)
    }
  }

  /// Writes log ρ and, where there is room for it, the score.
  public func evaluate(
    _ x: Points, _ out: UnsafeMutablePointer<Float>, score: UnsafeMutablePointer<Float>?
  ) {
    scratch.borrow { scratch in
      x.forEachPiece(of: pieceRows) { piece, first in
        evaluate(
          piece, out + first, score: score.map { $0 + first * dimension }, margins: scratch,
          slopes: scratch + pieceRows * observations)
      }
    }
  }

  /// One piece, with room for s_n x_n·w and the derivative of its term, [rows, N].
  private func evaluate(
    _ w: Points, _ out: UnsafeMutablePointer<Float>, score: UnsafeMutablePointer<Float>?,
    margins: UnsafeMutablePointer<Float>, slopes: UnsafeMutablePointer<Float>
  ) {
    let kernels = InstructionSet.active.kernels
    let (d, n) = (dimension, observations)
    transposed.withUnsafeBytes { transposed in
      guard let transposed = transposed.baseAddress else { return }
      kernels.product(
        MatrixProduct(a: w.data, b: transposed, c: margins, rows: w.count, columns: n, depth: d))
    }
    if score == nil {
      kernels.map(.logSigmoid, margins, to: margins, count: w.count * n)
    } else {
      kernels.mapWithDerivative(
        .logSigmoid, margins, to: margins, derivative: slopes, count: w.count * n)
    }
    for row in 0..<w.count {
      var (square, sum) = (0.0, 0.0)
      for j in 0..<d { square += Double(w.data[row * d + j]) * Double(w.data[row * d + j]) }
      for i in 0..<n { sum += Double(margins[row * n + i]) }
      out[row] = Float(constant - 0.5 * precision * square + sum)
    }
    guard let score else { return }
    kernels.affine(
      w.data, scale: -precision, shift: 0, to: score, count: w.count * d, accumulating: false)
    design.withUnsafeBytes { design in
      guard let design = design.baseAddress else { return }
      kernels.product(
        MatrixProduct(a: slopes, b: design, c: score, rows: w.count, columns: d, depth: n)
          .accumulating())
    }
  }
}
