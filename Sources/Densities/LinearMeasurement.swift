import Catalogs
import KernelTables
import Kernels
import Storage

/// What is measured of an image.
public enum MeasurementKind: String, Codable, Sendable, CaseIterable {
  /// The first rows: what is missing is to be painted in.
  case inpainting
  /// Means over squares of pixels.
  case superResolution = "super-resolution"
  /// All pixels, under noise.
  case identity
}

/// What was measured, and how exactly.
public struct LinearMeasurementConfig: Codable, Sendable, Equatable {
  /// A, a row for each measured number; empty for one of an image.
  public var matrix: [[Double]] = []
  /// y, where a matrix is given.
  public var measurement: [Double] = []
  /// Standard deviation of the noise.
  public var deviation = 0.1
  /// `digits` for 1797 handwritten digits of 8 by 8 pixels, else an IDX file or a folder with MNIST's.
  public var data = "digits"
  /// The number of the image that is measured.
  public var image = 1700
  /// What is measured of it.
  public var kind = MeasurementKind.inpainting
  /// The part that is measured: every so many-th row in all, or the edge of the squares.
  public var factor = 2
  /// Decides the noise.
  public var seed: UInt64 = 0

  /// The upper half of a digit that was held back.
  public init() {}
}

/// The likelihood of a linear measurement with Gaussian noise: a constraint that makes a prior the posterior of an
/// inverse problem.
///
///     log r(x) = -½ |y - A x|² / σ²
///
/// Of an image y = A image + σ ε, pixels from -1 to 1.
public struct LinearMeasurement: OnePassDensity {
  /// D.
  public let dimension: Int
  /// A, [M, D].
  let matrix: [Float]
  /// y, [M].
  let measurement: [Float]
  private let variance: Float

  /// The likelihood of checked settings.
  /// - Throws: `ConfigError` for files that cannot be used and numbers that do not fit.
  public init(_ config: LinearMeasurementConfig) throws(ConfigError) {
    try ConfigError.requirePositive(config.deviation, "deviation")
    variance = Float(config.deviation * config.deviation)
    guard config.matrix.isEmpty else {
      dimension = config.matrix[0].count
      try ConfigError.require(
        dimension > 0 && config.matrix.allSatisfy { $0.count == config.matrix[0].count }, "matrix",
        "its rows must be of one length")
      try ConfigError.require(
        config.measurement.count == config.matrix.count, "measurement",
        "it must have \(config.matrix.count) numbers, one for each row of the matrix")
      matrix = config.matrix.flatMap { $0.map { Float($0) } }
      measurement = config.measurement.map { Float($0) }
      return
    }
    let images = try imageSet(config.data)
    try ConfigError.require(
      (0..<images.count).contains(config.image), "image", "there are \(images.count) images")
    try ConfigError.require(
      config.factor >= 1 && images.rows % config.factor == 0 && images.columns % config.factor == 0,
      "factor", "it must divide \(images.rows) and \(images.columns)")
    dimension = images.dimension
    matrix = config.kind.matrix(
      rows: images.rows, columns: images.columns, factor: config.factor)
    measurement = noisy(
      matrix, images.pixels(of: config.image).map { 2 * $0 - 1 }, config.deviation,
      seed: config.seed)
  }

  /// Writes log r and, where there is room for it, its gradient Aᵀ (y - A x) / σ².
  public func evaluate(
    _ x: Points, _ out: UnsafeMutablePointer<Float>, score: UnsafeMutablePointer<Float>?
  ) {
    for row in 0..<x.count {
      let point = x.data + row * dimension
      let slope = score.map { $0 + row * dimension }
      slope?.update(repeating: 0, count: dimension)
      var square = 0.0
      for m in measurement.indices {
        var miss = measurement[m]
        for j in 0..<dimension { miss -= matrix[m * dimension + j] * point[j] }
        square += Double(miss) * Double(miss)
        guard let slope else { continue }
        for j in 0..<dimension { slope[j] += matrix[m * dimension + j] * miss / variance }
      }
      out[row] = Float(-0.5 * square / Double(variance))
    }
  }
}

extension MeasurementKind {
  /// A, [M, rows × columns].
  fileprivate func matrix(rows: Int, columns: Int, factor: Int) -> [Float] {
    let d = rows * columns
    switch self {
    case .identity, .inpainting:
      let kept = self == .identity ? d : rows / factor * columns
      return (0..<kept * d).map { $0 / d == $0 % d ? 1 : 0 }
    case .superResolution:
      let (down, across) = (rows / factor, columns / factor)
      return (0..<down * across * d).map { index in
        let (square, pixel) = (index / d, index % d)
        let isInside =
          pixel / columns / factor == square / across
          && pixel % columns / factor == square % across
        return isInside ? 1 / Float(factor * factor) : 0
      }
    }
  }
}

/// A x + σ ε.
private func noisy(
  _ matrix: [Float], _ x: [Float], _ deviation: Double, seed: UInt64
) -> [Float] {
  let count = matrix.count / x.count
  var y = [Float](repeating: 0, count: count)
  InstructionSet.active.kernels.normals(
    key: RandomStream(seed: seed).key, step: 0, firstRow: 0, rows: 1, columns: count, to: &y)
  for m in 0..<count {
    y[m] *= Float(deviation)
    for j in x.indices { y[m] += matrix[m * x.count + j] * x[j] }
  }
  return y
}
