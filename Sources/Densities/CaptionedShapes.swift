import Catalogs
import KernelTables
import Kernels
import Storage
import Tasks

/// Which pictures go with captions, and how far they are blurred.
public struct CaptionedShapesConfig: Codable, Sendable, Equatable {
  /// The pictures.
  public var shapes = ShapesConfig()
  /// Standard deviation of the Gaussian around each picture, whose pixels are from -1 to 1.
  public var deviation = 0.05

  /// The defaults.
  public init() {}
}

/// Pictures of a coloured shape that go with a caption, each blurred by a Gaussian: what a prior from words to pictures
/// learns from.
///
///     ρ(x | c) = Σ_i w_i(c) N(x; picture_i, deviation² I),   w_i(c) the chance of c to go with picture i, normalised
///
/// The condition is the caption, some of whose words may be wrong. Normalised; a point costs as much as there are
/// pictures.
public struct CaptionedShapes: PairedDensity, CaptionedDensity {
  /// Sources.
  public static let references: [Reference] = []

  /// The pictures.
  public let shapes: ShapeSet
  private let deviation: Double
  /// The pictures for learning, [n, D].
  private let means: [Float]
  /// log w of a picture by the number of its true caption and that of the caption, [120, 120], not normalised.
  private let logChances: [Double]

  /// The pictures of checked settings.
  /// - Throws: `ConfigError`.
  public init(_ config: CaptionedShapesConfig) throws(ConfigError) {
    try ConfigError.requirePositive(config.deviation, "deviation")
    let shapes = try ShapeSet(under: config.shapes)
    (self.shapes, deviation) = (shapes, config.deviation)
    means = shapes.images.signedImages(of: [], in: shapes.images.training)
    let all = (0..<ShapeCaption.count).map { ShapeCaption(number: $0) }
    logChances = all.flatMap { truth in
      all.map { shapes.logChance(of: $0, insteadOf: truth) }
    }
  }

  /// Writes pairs of a picture and a caption that goes with it.
  public func drawPairs(
    _ count: Int, _ stream: RandomStream, into x: UnsafeMutablePointer<Float>,
    conditions: UnsafeMutablePointer<Int32>
  ) {
    InstructionSet.active.kernels.normals(
      key: stream.key, step: 0, firstRow: 0, rows: count, columns: dimension, to: x)
    for row in 0..<count {
      var words = stream.words(of: .integer, row: row)
      let (image, caption) = shapes.draw(&words)
      conditions[row] = Int32(caption.number)
      for j in row * dimension..<(row + 1) * dimension {
        let pixel = means[image * dimension + j - row * dimension]
        x[j] = pixel.addingProduct(Float(deviation), x[j])
      }
    }
  }

  /// Writes log ρ.
  public func logDensity(of x: Points, into out: UnsafeMutablePointer<Float>) {
    var first = 0
    while first < x.count {
      let caption = x.conditions.map { $0[first] } ?? 0
      var end = first + 1
      while end < x.count, (x.conditions.map { $0[end] } ?? 0) == caption { end += 1 }
      evaluate(
        x.data + first * dimension, end - first, given: Int(caption), into: out + first)
      first = end
    }
  }

  private func evaluate(
    _ x: UnsafePointer<Float>, _ count: Int, given caption: Int,
    into out: UnsafeMutablePointer<Float>
  ) {
    logScales(of: caption).withUnsafeBytes { scales in
      means.withUnsafeBytes { means in
        guard let means = means.baseAddress, let scales = scales.baseAddress else { return }
        let mixture = MixtureParameters(
          means: means, logScales: scales, precision: 1 / (deviation * deviation),
          components: shapes.images.training.count, dimension: dimension)
        InstructionSet.active.kernels.mixture(
          mixture, x: x, rows: count, logDensity: out, score: nil)
      }
    }
  }

  /// log w less the log normalizer of the Gaussian, [n].
  private func logScales(of caption: Int) -> [Float] {
    let chances = shapes.images.training.map { image in
      logChances[shapes.images.labels[image] * ShapeCaption.count + caption]
    }
    let top = chances.max() ?? 0
    let total = chances.reduce(0) { $0 + scalarExp($1 - top) }
    let normalizer =
      top + scalarLog(total) + 0.5 * Double(dimension)
      * scalarLog(2 * .pi * deviation * deviation)
    return chances.map { Float($0 - normalizer) }
  }
}
