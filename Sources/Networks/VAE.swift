import KernelTables
import Kernels
import Tensors

/// A variational autoencoder of images with pixels in [0, 1] and a Gaussian code z.
///
///     q(z | x) = N(z; μ, e^ℓ I),  (μ, ℓ) = encoder(x)     p(x | z) = Π_p B(x_p; σ(decoder(z)_p))
///
/// Encoder and decoder have one hidden layer with rectifiers each.
/// Reference: Kingma and Welling (2013), *Auto-Encoding Variational Bayes*, arXiv:1312.6114
package struct VAE: Sendable {
  /// D, the pixels of an image.
  package let dimension: Int
  /// d, the numbers of a code.
  package let latentDimension: Int
  private let encoder: MLP
  private let decoder: MLP

  /// Declares the layers `encoder.0`, `encoder.1`, `decoder.0` and `decoder.1`.
  /// - Parameter hidden: Width of the hidden layers.
  package init(dimension: Int, latentDimension: Int, hidden: Int, in set: ParameterSet) {
    (self.dimension, self.latentDimension) = (dimension, latentDimension)
    encoder = MLP(
      "encoder", sizes: [dimension, hidden, 2 * latentDimension], function: .relu, in: set)
    decoder = MLP("decoder", sizes: [latentDimension, hidden, dimension], function: .relu, in: set)
  }

  /// Mean μ and log variance ℓ of the code of each image, [rows, d] both.
  /// - Parameter x: [rows, D].
  package func encode(_ x: Tensor, _ context: Context) -> (mean: Tensor, logVariance: Tensor) {
    let parts = context.tape.split(
      encoder(x, context), sizes: [latentDimension, latentDimension])
    return (parts[0], parts[1])
  }

  /// The logit of each pixel, [rows, D].
  /// - Parameter z: [rows, d].
  package func decode(_ z: Tensor, _ context: Context) -> Tensor { decoder(z, context) }

  /// The negative evidence lower bound summed over images, by one code μ + e^(ℓ/2) ε for each.
  ///
  ///     Σ_p -(x_p log q_p + (1 - x_p) log(1 - q_p)) + KL(q(z | x) | N(0, I))   q = σ(decoder(z))
  ///
  /// ε is a function of the context's stream and of the row's number in the batch.
  /// - Parameter x: [rows, D].
  package func loss(_ x: Tensor, _ context: Context) -> Tensor {
    let tape = context.tape
    let (mean, logVariance) = encode(x, context)
    let deviation = tape.apply(.exponential, tape.scale(logVariance, by: 0.5))
    let code = tape.add(mean, tape.multiply(deviation, noise(mean.shape, context)))
    return tape.add(
      tape.binaryCrossEntropy(logits: decode(code, context), x),
      tape.gaussianDivergence(mean: mean, logVariance: logVariance))
  }

  private func noise(_ shape: Shape, _ context: Context) -> Tensor {
    let tape = context.tape
    let noise = tape.allocate(shape)
    tape.kernels.normals(
      key: context.random.folding(.codes).key, step: 0, firstRow: context.firstRow,
      rows: shape.rows, columns: shape.columns, to: noise.data)
    return noise
  }
}
