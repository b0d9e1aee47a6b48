import Catalogs
import KernelTables
import Kernels
import Storage
import Tasks

/// The posteriors of the code z of an autoencoder, one for each image x.
///
///     log ρ(z | x) = log N(z; 0, I) + Σ_p x_p log q_p + (1 - x_p) log(1 - q_p)
///     q = σ(decoder(z)) within [10⁻⁵, 1 - 10⁻⁵]
///
/// The condition of a point is the number of its image; points without one go with the image of the
/// configuration. Images held back from the training of the decoder are the ones for evaluation. No log Z is
/// known. A batch is two products with the decoder's matrices, and two more for the score.
/// Reference: Sendera et al. (2024), arXiv:2402.05098, section 5.3 (VAE posterior)
public struct VAEPosteriors: OnePassDensity, ConditionalDensity {
  /// Sources.
  public static let references = [
    Reference(
      "Sendera, Kim, Mittal, et al.", 2024,
      "Improved off-policy training of diffusion samplers", "arXiv:2402.05098"),
    Reference(
      "Kingma, Welling", 2013, "Auto-Encoding Variational Bayes", "arXiv:1312.6114"),
    Reference(
      "Alpaydin, Kaynak", 1998, "Optical Recognition of Handwritten Digits",
      "UCI machine learning repository, doi:10.24432/C50P49"),
  ]

  /// The image of points without a condition.
  let image: Int
  private let images: ImageSet
  let decoder: VAEDecoder
  private let panels: DecoderPanels
  private let scratch: SharedScratch

  /// The posteriors of these images under a decoder of as many pixels.
  package init(_ images: ImageSet, _ decoder: VAEDecoder, image: Int = 0) {
    precondition(decoder.dimension == images.dimension, "a decoder of other images")
    (self.images, self.decoder, self.image) = (images, decoder, image)
    panels = DecoderPanels(decoder)
    scratch = SharedScratch(scratchRows * (2 * decoder.hidden + 3 * decoder.dimension))
  }

  /// d.
  public var dimension: Int { decoder.latent }
  /// Number of images.
  public var conditionCount: Int { images.count }
  /// The images that the decoder is trained on.
  public var trainingConditions: Range<Int> { images.training }
  /// D, the pixels of an image.
  public var conditionDimension: Int { images.dimension }

  /// Writes the pixels of an image, [D].
  public func features(of condition: Int, into out: UnsafeMutablePointer<Float>) {
    images.pixels(of: condition, into: out)
  }

  /// Writes log ρ and, where there is room for it, the score.
  public func evaluate(
    _ z: Points, _ out: UnsafeMutablePointer<Float>, score: UnsafeMutablePointer<Float>?
  ) {
    scratch.borrow { memory in
      z.forEachPiece(of: scratchRows) { piece, first in
        let pass = DecoderPass(decoder, panels, rows: piece.count, memory)
        pass.decode(piece.data, keepsSlopes: score != nil)
        for row in 0..<piece.count {
          let image = piece.conditions.map { Int($0[row]) } ?? image
          images.pixels(of: image, into: pass.pixels(of: row))
          let prior = logPrior(piece.data + row * dimension)
          out[first + row] = Float(prior + pass.logLikelihood(of: row))
        }
        guard let score else { return }
        pass.pullBack(piece.data, to: score + first * dimension)
      }
    }
  }

  /// log N(z; 0, I).
  private func logPrior(_ z: UnsafePointer<Float>) -> Double {
    var square = 0.0
    for i in 0..<dimension { square += Double(z[i]) * Double(z[i]) }
    return -0.5 * (square + Double(dimension) * logTwoPi)
  }
}

private let logTwoPi = 1.8378770664093453
