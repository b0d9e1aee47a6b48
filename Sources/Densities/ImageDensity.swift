import Catalogs
import Kernels
import Storage
import Tasks

/// Which images, and how far they are blurred.
public struct ImageDensityConfig: Codable, Sendable, Equatable {
  /// `digits` for 1797 handwritten digits of 8 by 8 pixels, else an IDX file or a folder with MNIST's.
  public var data = "digits"
  /// The classes of the images; empty for all.
  public var classes: [Int] = []
  /// Standard deviation of the Gaussian around each image, whose pixels are from -1 to 1.
  public var deviation = 0.05

  /// All digits.
  public init() {}
}

/// The images of a set for training, each blurred by a Gaussian: what a prior of images learns from.
///
///     ρ(x) = mean over images of N(x; image, deviation² I)
///
/// Pixels are from -1 to 1. Normalised, and with exact samples. A point costs as much as there are images.
public struct ImageDensity: DifferentiableDensity, NormalizedDensity, SamplableDensity {
  /// Sources.
  public static let references = [
    Reference(
      "Alpaydin, Kaynak", 1998, "Optical Recognition of Handwritten Digits",
      "UCI machine learning repository, doi:10.24432/C50P49")
  ]

  private let mixture: GaussianMixture

  /// The images of checked settings.
  /// - Throws: `ConfigError` for files that cannot be used and classes that there are not.
  public init(_ config: ImageDensityConfig) throws(ConfigError) {
    let images = try imageSet(config.data, classes: config.classes)
    let pixels = images.signedImages(of: config.classes, in: images.training)
    try ConfigError.require(!pixels.isEmpty, "classes", "there are no images of them")
    let d = images.dimension
    var mixture = GaussianMixtureConfig()
    mixture.means = stride(from: 0, to: pixels.count, by: d).map { first in
      pixels[first..<first + d].map { Double($0) }
    }
    mixture.standardDeviation = config.deviation
    try ConfigError.requirePositive(config.deviation, "deviation")
    self.mixture = try GaussianMixture(mixture)
  }

  /// D, the pixels of an image.
  public var dimension: Int { mixture.dimension }
  /// 0: it is normalised.
  public var logNormalizer: Double { 0 }

  /// Writes log ρ.
  public func logDensity(of x: Points, into out: UnsafeMutablePointer<Float>) {
    mixture.logDensity(of: x, into: out)
  }

  /// Writes log ρ and the score.
  public func logDensity(
    of x: Points, into out: UnsafeMutablePointer<Float>, score: UnsafeMutablePointer<Float>
  ) {
    mixture.logDensity(of: x, into: out, score: score)
  }

  /// Writes blurred images, chosen evenly.
  public func sample(
    _ count: Int, firstRow: Int, _ stream: RandomStream, into out: UnsafeMutablePointer<Float>
  ) {
    mixture.sample(count, firstRow: firstRow, stream, into: out)
  }
}

/// The images of a configuration.
/// - Throws: `ConfigError` for files that cannot be used, and for classes of images without labels.
package func imageSet(
  _ data: String, classes: [Int] = []
) throws(ConfigError) -> ImageSet {
  let images: ImageSet
  do throws(StorageError) {
    images = data == "digits" ? .digits : try ImageSet(reading: data)
  } catch {
    throw .invalid(path: "data", reason: "\(error)")
  }
  try ConfigError.require(
    classes.isEmpty || !images.labels.isEmpty, "classes", "the images have no labels")
  return images
}
