import Catalogs
import Storage
import Tasks

/// Which pictures and captions, and how the network learns that judges them.
public struct CaptionAgreementConfig: Codable, Sendable, Equatable {
  /// The pictures.
  public var shapes = ShapesConfig()
  /// How the network is trained, once a process.
  public var training = AgreementConfig()

  /// The defaults.
  public init() {}
}

/// How well a picture agrees with a caption, by a network that learned people's preferences: a constraint on a prior from
/// words to pictures.
///
///     log r(x, c) = f(x, c)
///
/// Reference: Venkatraman et al. (2024), arXiv:2405.20971, section 4.2
public struct CaptionAgreement: OnePassDensity, CaptionedDensity {
  /// Sources.
  public static let references = [
    Reference(
      "Venkatraman, Jain, Scimeca, et al.", 2024,
      "Amortizing intractable inference in diffusion models for vision, language, and control",
      "arXiv:2405.20971, section 4.2"),
    Reference(
      "Xu, Liu, Wu, et al.", 2023,
      "ImageReward: learning and evaluating human preferences for text-to-image generation",
      "arXiv:2304.05977"),
  ]

  /// The pictures.
  public let shapes: ShapeSet
  private let network: TrainedAgreement

  /// The judgement of checked settings.
  /// - Throws: `ConfigError`, `NumericalError` where training diverges.
  public init(_ config: CaptionAgreementConfig) throws {
    shapes = try ShapeSet(under: config.shapes)
    do throws(ConfigError) { try config.training.validate() } catch {
      throw error.under("training")
    }
    network = try AgreementCache.agreement(of: shapes, config.training)
  }

  /// Writes log r and, where there is room for it, its gradient.
  public func evaluate(
    _ x: Points, _ out: UnsafeMutablePointer<Float>, score: UnsafeMutablePointer<Float>?
  ) {
    var captions = [Float](repeating: 0, count: x.count * conditionDimension)
    captions.withUnsafeMutableBufferPointer { captions in
      guard let captions = captions.baseAddress else { return }
      for row in 0..<x.count {
        features(
          of: x.conditions.map { Int($0[row]) } ?? 0, into: captions + row * conditionDimension)
      }
      network.agreement(x.data, captions, count: x.count, into: out, score: score)
    }
  }
}
