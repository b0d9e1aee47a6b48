import Catalogs
import Storage
import Tasks

/// How the probabilities of several classes become one number.
public enum ClassCombination: String, Codable, Sendable, CaseIterable {
  /// The largest, as published.
  case maximum
  /// Their sum.
  case sum
}

/// Which classes of which images.
public struct ClassLikelihoodConfig: Codable, Sendable, Equatable {
  /// `digits` for 1797 handwritten digits of 8 by 8 pixels, else an IDX file with labels beside it, or a folder
  /// with MNIST's files.
  public var data = "digits"
  /// The classes.
  public var classes = [0]
  /// What becomes of the probabilities of several.
  public var combination = ClassCombination.maximum
  /// How the classifier is trained, once a process.
  public var training = ClassifierConfig()

  /// Zeros.
  public init() {}
}

/// How likely an image belongs to some classes, by a classifier that is trained here: a constraint, no density that could
/// be normalised.
///
///     log r(x) = max over c of log p(c | x)   or   log Σ p(c | x)
///
/// Pixels are from -1 to 1.
/// Reference: Venkatraman et al. (2024), arXiv:2405.20971, section 4.1
public struct ClassLikelihood: DifferentiableDensity {
  /// Sources.
  public static let references = [
    Reference(
      "Venkatraman, Jain, Scimeca, et al.", 2024,
      "Amortizing intractable inference in diffusion models for vision, language, and control",
      "arXiv:2405.20971, section 4.1")
  ]

  private let classifier: TrainedClassifier
  private let classes: [Int]
  private let isMaximum: Bool

  /// The likelihood of checked settings.
  /// - Throws: `ConfigError` for files that cannot be used and classes that there are not, `NumericalError` where
  ///   training diverges.
  public init(_ config: ClassLikelihoodConfig) throws {
    let images = try imageSet(config.data, classes: config.classes)
    do throws(ConfigError) { try config.training.validate() } catch {
      throw error.under("training")
    }
    try ConfigError.require(!images.labels.isEmpty, "data", "the images have no labels")
    let count = (images.labels.max() ?? -1) + 1
    try ConfigError.require(
      !config.classes.isEmpty && config.classes.allSatisfy { (0..<count).contains($0) }, "classes",
      "it must name some of 0 to \(count - 1)")
    classifier = try ClassifierCache.classifier(of: images, config.training)
    (classes, isMaximum) = (config.classes, config.combination == .maximum)
  }

  /// D, the pixels of an image.
  public var dimension: Int { classifier.dimension }

  /// Writes log r.
  public func logDensity(of x: Points, into out: UnsafeMutablePointer<Float>) {
    classifier.logProbability(
      of: classes, isMaximum: isMaximum, at: x.data, count: x.count, into: out, score: nil)
  }

  /// Writes log r and its gradient.
  public func logDensity(
    of x: Points, into out: UnsafeMutablePointer<Float>, score: UnsafeMutablePointer<Float>
  ) {
    classifier.logProbability(
      of: classes, isMaximum: isMaximum, at: x.data, count: x.count, into: out, score: score)
  }
}
