import KernelTables
import Kernels
import Tasks

/// Codes of some rows on their way through a decoder and back, in borrowed memory.
struct DecoderPass {
  /// Beyond ± this a logit counts as this: log (1 - 10⁻⁵) / 10⁻⁵.
  static let logitBound = 11.512915464920228

  private let decoder: VAEDecoder
  private let rows: Int
  /// max(z W₁ + b₁, 0), [rows, hidden].
  private let hidden: UnsafeMutablePointer<Float>
  /// Its slopes, then the gradient by what the rectifiers read, [rows, hidden].
  private let hiddenSlopes: UnsafeMutablePointer<Float>
  /// Bounded logits a, then the gradient by the logits, [rows, D].
  private let logits: UnsafeMutablePointer<Float>
  /// log σ(a), [rows, D].
  private let logarithms: UnsafeMutablePointer<Float>
  /// The images, [rows, D].
  private let targets: UnsafeMutablePointer<Float>

  /// - Parameter memory: rows × (2 hidden + 3 D) floats.
  init(_ decoder: VAEDecoder, rows: Int, _ memory: UnsafeMutablePointer<Float>) {
    (self.decoder, self.rows) = (decoder, rows)
    let (narrow, wide) = (rows * decoder.hidden, rows * decoder.dimension)
    hidden = memory
    hiddenSlopes = hidden + narrow
    logits = hiddenSlopes + narrow
    logarithms = logits + wide
    targets = logarithms + wide
  }

  /// Where the pixels of a row's image belong, [D].
  func pixels(of row: Int) -> UnsafeMutablePointer<Float> { targets + row * decoder.dimension }

  /// Computes logits and their log σ for codes z, [rows, d].
  func decode(_ z: UnsafePointer<Float>, keepsSlopes: Bool) {
    let kernels = InstructionSet.active.kernels
    multiply(z, decoder.hiddenWeight, start: decoder.hiddenBias, to: hidden, depth: decoder.latent)
    let count = rows * decoder.hidden
    if keepsSlopes {
      kernels.mapWithDerivative(.relu, hidden, to: hidden, derivative: hiddenSlopes, count: count)
    } else {
      kernels.map(.relu, hidden, to: hidden, count: count)
    }
    multiply(hidden, decoder.weight, start: decoder.bias, to: logits, depth: decoder.hidden)
    let pixels = rows * decoder.dimension
    kernels.clip(logits, bound: Self.logitBound, to: logits, count: pixels)
    kernels.map(.logSigmoid, logits, to: logarithms, count: pixels)
  }

  /// Σ_p x_p log q_p + (1 - x_p) log(1 - q_p) of a row, as Σ log q_p - (1 - x_p) a_p.
  func logLikelihood(of row: Int) -> Double {
    var sum = 0.0
    for p in row * decoder.dimension..<(row + 1) * decoder.dimension {
      sum += Double(logarithms[p]) - (1 - Double(targets[p])) * Double(logits[p])
    }
    return sum
  }

  /// Writes the gradient of log N(z; 0, I) + log-likelihood by z, [rows, d].
  ///
  /// By a logit it is x - q, and 0 where the bound holds the logit.
  func pullBack(
    _ z: UnsafePointer<Float>, transpose: [Float], hiddenTranspose: [Float],
    to score: UnsafeMutablePointer<Float>
  ) {
    let kernels = InstructionSet.active.kernels
    let bound = Float(Self.logitBound)
    kernels.map(.sigmoid, logits, to: logarithms, count: rows * decoder.dimension)
    for p in 0..<rows * decoder.dimension {
      logits[p] = logits[p].magnitude < bound ? targets[p] - logarithms[p] : 0
    }
    multiply(logits, transpose, start: nil, to: hidden, depth: decoder.dimension)
    let count = rows * decoder.hidden
    kernels.multiply(hidden, hiddenSlopes, to: hiddenSlopes, count: count, accumulating: false)
    kernels.affine(
      z, scale: -1, shift: 0, to: score, count: rows * decoder.latent, accumulating: false)
    hiddenTranspose.withUnsafeBytes { matrix in
      guard let matrix = matrix.baseAddress else { return }
      kernels.product(
        MatrixProduct(
          a: hiddenSlopes, b: matrix, c: score, rows: rows, columns: decoder.latent,
          depth: decoder.hidden
        ).accumulating())
    }
  }

  /// y = x matrix + start for matrix [depth, columns].
  private func multiply(
    _ x: UnsafePointer<Float>, _ matrix: [Float], start: [Float]?,
    to y: UnsafeMutablePointer<Float>, depth: Int
  ) {
    matrix.withUnsafeBytes { bytes in
      guard let b = bytes.baseAddress else { return }
      let product = MatrixProduct(
        a: x, b: b, c: y, rows: rows, columns: matrix.count / depth, depth: depth)
      guard let start else { return InstructionSet.active.kernels.product(product) }
      start.withUnsafeBytes { start in
        guard let row = start.baseAddress else { return }
        InstructionSet.active.kernels.product(product.adding(row: row))
      }
    }
  }
}
