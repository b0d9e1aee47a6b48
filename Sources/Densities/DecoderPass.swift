import KernelTables
import Kernels
import Tasks

/// Codes of some rows on their way through a decoder and back, in borrowed memory.
struct DecoderPass {
  /// Beyond ± this a logit counts as this: log (1 - 10⁻⁵) / 10⁻⁵.
  static let logitBound = 11.512915464920228

  private let decoder: VAEDecoder
  private let panels: DecoderPanels
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
  init(
    _ decoder: VAEDecoder, _ panels: DecoderPanels, rows: Int,
    _ memory: UnsafeMutablePointer<Float>
  ) {
    (self.decoder, self.panels, self.rows) = (decoder, panels, rows)
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
    panels.hidden.multiply(z, adding: decoder.hiddenBias, to: hidden, rows: rows)
    let count = rows * decoder.hidden
    if keepsSlopes {
      kernels.mapWithDerivative(.relu, hidden, to: hidden, derivative: hiddenSlopes, count: count)
    } else {
      kernels.map(.relu, hidden, to: hidden, count: count)
    }
    panels.output.multiply(hidden, adding: decoder.bias, to: logits, rows: rows)
    let pixels = rows * decoder.dimension
    kernels.clip(logits, bound: Self.logitBound, to: logits, count: pixels)
    kernels.map(.logSigmoid, logits, to: logarithms, count: pixels)
  }

  /// Σ_p x_p log q_p + (1 - x_p) log(1 - q_p) of a row, as Σ log q_p - (1 - x_p) a_p.
  ///
  /// Eight sums, which do not wait for each other.
  func logLikelihood(of row: Int) -> Double {
    let first = row * decoder.dimension
    let whole = decoder.dimension / 8 * 8
    var sums = SIMD8<Double>.zero
    for p in stride(from: first, to: first + whole, by: 8) {
      sums += summands(p)
    }
    var sum = sums.sum()
    for p in first + whole..<first + decoder.dimension {
      sum += Double(logarithms[p]) - (1 - Double(targets[p])) * Double(logits[p])
    }
    return sum
  }

  /// log q_p - (1 - x_p) a_p of eight pixels.
  private func summands(_ p: Int) -> SIMD8<Double> {
    func eight(_ x: UnsafeMutablePointer<Float>) -> SIMD8<Double> {
      SIMD8<Double>(UnsafeRawPointer(x + p).loadUnaligned(as: SIMD8<Float>.self))
    }
    return eight(logarithms) - (1 - eight(targets)) * eight(logits)
  }

  /// Writes the gradient of log N(z; 0, I) + log-likelihood by z, [rows, d].
  ///
  /// By a logit it is x - q, and 0 where the bound holds the logit.
  func pullBack(_ z: UnsafePointer<Float>, to score: UnsafeMutablePointer<Float>) {
    let kernels = InstructionSet.active.kernels
    let bound = Float(Self.logitBound)
    kernels.map(.sigmoid, logits, to: logarithms, count: rows * decoder.dimension)
    for p in 0..<rows * decoder.dimension {
      logits[p] = logits[p].magnitude < bound ? targets[p] - logarithms[p] : 0
    }
    panels.outputTranspose.multiply(logits, to: hidden, rows: rows, accumulating: false)
    let count = rows * decoder.hidden
    kernels.multiply(hidden, hiddenSlopes, to: hiddenSlopes, count: count, accumulating: false)
    kernels.affine(
      z, scale: -1, shift: 0, to: score, count: rows * decoder.latent, accumulating: false)
    panels.hiddenTranspose.multiply(hiddenSlopes, to: score, rows: rows, accumulating: true)
  }
}

/// A decoder's matrices and their transposes as the pass reads them.
struct DecoderPanels: Sendable {
  /// W₁, [d, hidden].
  let hidden: MatrixPanels
  /// W₂, [hidden, D].
  let output: MatrixPanels
  /// W₁ᵀ, [hidden, d].
  let hiddenTranspose: MatrixPanels
  /// W₂ᵀ, [D, hidden].
  let outputTranspose: MatrixPanels

  init(_ decoder: VAEDecoder) {
    hidden = MatrixPanels(decoder.hiddenWeight, depth: decoder.latent)
    output = MatrixPanels(decoder.weight, depth: decoder.hidden)
    hiddenTranspose = MatrixPanels(transposing: decoder.hiddenWeight, depth: decoder.hidden)
    outputTranspose = MatrixPanels(transposing: decoder.weight, depth: decoder.dimension)
  }
}
