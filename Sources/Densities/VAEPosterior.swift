import Storage
import Tasks

/// Which images and which decoder.
public struct VAEPosteriorConfig: Codable, Sendable, Equatable {
  /// `digits` for 1797 handwritten digits of 8 by 8 pixels, else an IDX file or a folder with MNIST's.
  public var data = "digits"
  /// The number of the image; of all images, the one of points that come without.
  public var image = 0
  /// A safetensors file with a decoder; empty to train one on the images, once a process.
  public var decoder = ""
  /// How a decoder is trained where no file is given.
  public var training = VAEConfig()

  /// The first digit under a decoder of its own.
  public init() {}
}

extension VAEPosteriors {
  /// The posteriors for checked numbers.
  /// - Throws: `ConfigError` for files that cannot be used and numbers that make no sense, `NumericalError`
  ///   where the training of the decoder diverges.
  public init(_ config: VAEPosteriorConfig) throws {
    let images = try Self.images(config.data)
    try ConfigError.require(
      (0..<images.count).contains(config.image), "image", "there are \(images.count) images")
    let decoder = try Self.decoder(config, images)
    try ConfigError.require(
      decoder.dimension == images.dimension, "decoder",
      "it makes \(decoder.dimension) pixels, an image has \(images.dimension)")
    self.init(images, decoder, image: config.image)
  }

  private static func images(_ data: String) throws(ConfigError) -> ImageSet {
    guard data != "digits" else { return .digits }
    do throws(StorageError) {
      return try ImageSet(reading: data)
    } catch {
      throw .invalid(path: "data", reason: "\(error)")
    }
  }

  private static func decoder(
    _ config: VAEPosteriorConfig, _ images: ImageSet
  ) throws -> VAEDecoder {
    guard config.decoder.isEmpty else {
      try ConfigError.require(
        config.training == VAEConfig(), "training", "it is read only where decoder is empty")
      do throws(StorageError) {
        return try VAEDecoder(reading: config.decoder)
      } catch {
        throw ConfigError.invalid(path: "decoder", reason: "\(error)")
      }
    }
    do throws(ConfigError) { try config.training.validate() } catch {
      throw error.under("training")
    }
    return try DecoderCache.decoder(of: images, config.training)
  }
}

/// The posterior of the code of one image; see `VAEPosteriors`.
public struct VAEPosterior: DifferentiableDensity {
  let all: VAEPosteriors

  /// The posterior for checked numbers.
  /// - Throws: as `VAEPosteriors` does.
  public init(_ config: VAEPosteriorConfig) throws { all = try VAEPosteriors(config) }

  /// d.
  public var dimension: Int { all.dimension }

  /// Writes log ρ.
  public func logDensity(of x: Points, into out: UnsafeMutablePointer<Float>) {
    all.logDensity(of: unconditional(x), into: out)
  }

  /// Writes log ρ and the score.
  public func logDensity(
    of x: Points, into out: UnsafeMutablePointer<Float>, score: UnsafeMutablePointer<Float>
  ) {
    all.logDensity(of: unconditional(x), into: out, score: score)
  }

  private func unconditional(_ x: Points) -> Points {
    Points(x.data, count: x.count, dimension: x.dimension)
  }
}
