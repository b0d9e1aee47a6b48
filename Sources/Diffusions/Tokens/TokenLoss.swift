import Kernels
import Tensors

/// What a network of tokens learns by.
public enum TokenLoss: String, Codable, Sendable, CaseIterable {
  /// -log p(x_1 | x_t) of masked places, times (1 - ε) / (1 - α): in the mean over times a bound on
  /// -log p(x_1). Under uniform noise of all places, with factor 1, and no bound.
  case crossEntropy = "cross-entropy"
  /// The divergence of the network's ratios from those of the noise, which bounds -log p(x_1).
  case scoreEntropy = "score-entropy"
}

/// A place of data, and what noise has made of it.
package struct TokenExample: Sendable {
  /// x_1.
  package let data: Int
  /// x_t.
  package let noised: Int
  /// α(t).
  package let survival: Double

  /// Names the three.
  package init(data: Int, noised: Int, survival: Double) {
    (self.data, self.noised, self.survival) = (data, noised, survival)
  }
}

extension TokenReversal {
  /// The loss of each place, [rows].
  /// - Parameters:
  ///   - outputs: ℓ, [rows, K].
  ///   - example: Of each row; nil where a place is given and counts 0.
  package func losses(
    _ loss: TokenLoss, _ outputs: Tensor, on tape: Tape, _ example: (Int) -> TokenExample?
  ) -> Tensor {
    if diffusion.hasMask { return maskedLosses(loss, outputs, tape, example) }
    guard loss == .scoreEntropy else {
      let labels = (0..<outputs.shape[0]).map { example($0)?.data ?? -1 }
      return tape.crossEntropy(outputs, labels: tape.indices(labels))
    }
    return divergence(outputs, tape, example)
  }

  /// Cross-entropy of masked places; of free ratios Σ exp ℓ - ℓ_x - 1, which is that where Σ exp ℓ = 1.
  private func maskedLosses(
    _ loss: TokenLoss, _ outputs: Tensor, _ tape: Tape, _ example: (Int) -> TokenExample?
  ) -> Tensor {
    let rows = outputs.shape[0]
    let masked = (0..<rows).map { row in
      example(row).flatMap { $0.noised == diffusion.mask ? $0 : nil }
    }
    let entropy = tape.crossEntropy(
      outputs, labels: tape.indices(masked.map { $0?.data ?? -1 }))
    let weights = tape.constant(
      masked.map { $0.map { (1 - diffusion.leastSurvival) / (1 - $0.survival) } ?? 0 },
      Shape(rows))
    guard prediction == .ratios else { return tape.multiply(entropy, weights) }
    let all = tape.logSumExp(outputs)
    let excess = tape.subtract(tape.affine(tape.apply(.exponential, all), shift: -1), all)
    return tape.multiply(tape.add(entropy, excess), weights)
  }

  /// The divergence under uniform noise, with r the ratios for known data.
  ///
  ///     (1 - ε) / (α K) Σ_{y ≠ x} s_y - r_y log s_y + r_y (log r_y - 1)
  ///
  /// Reference: Lou, Meng and Ermon (2024), arXiv:2310.16834, definition 3.1 and theorem 3.6
  private func divergence(
    _ outputs: Tensor, _ tape: Tape, _ example: (Int) -> TokenExample?
  ) -> Tensor {
    let (rows, k) = (outputs.shape[0], diffusion.tokens)
    let s =
      prediction == .ratios ? tape.apply(.exponential, outputs) : ratios(outputs, tape, example)
    let r = tape.constant(0, outputs.shape)
    let constants = tape.constant(0, outputs.shape)
    let counts = tape.constant(0, outputs.shape)
    for row in 0..<rows {
      guard let example = example(row) else { continue }
      let factor = (1 - diffusion.leastSurvival) / (example.survival * Double(k))
      let own = diffusion.noised(example.data, to: example.noised, survival: example.survival)
      for y in 0..<k where y != example.noised {
        let ratio = diffusion.noised(example.data, to: y, survival: example.survival) / own
        tape.write(ratio, at: row * k + y, of: r)
        tape.write(ratio * (scalarLog(ratio) - 1), at: row * k + y, of: constants)
        tape.write(factor, at: row * k + y, of: counts)
      }
    }
    let terms = tape.add(
      tape.subtract(s, tape.multiply(r, tape.apply(.logarithm, s))), constants)
    return tape.sum(tape.multiply(terms, counts), over: [1])
  }

  /// p_t(y) / p_t(x) of p(x_1 = k | x_t), [rows, K]: Σ_k q(y | k) p(k | x) / q(x | k).
  private func ratios(
    _ outputs: Tensor, _ tape: Tape, _ example: (Int) -> TokenExample?
  ) -> Tensor {
    let (rows, k) = (outputs.shape[0], diffusion.tokens)
    let inverse = tape.constant(1, outputs.shape)
    let survival = tape.constant(0, Shape(rows, 1))
    for row in 0..<rows {
      guard let example = example(row) else { continue }
      tape.write(example.survival, at: row, of: survival)
      for y in 0..<k {
        let way = diffusion.noised(y, to: example.noised, survival: example.survival)
        tape.write(1 / way, at: row * k + y, of: inverse)
      }
    }
    let w = tape.multiply(tape.softmax(outputs), inverse)
    let shared = tape.multiply(
      tape.sum(w, over: [1], keeping: true),
      tape.affine(survival, scale: -1 / Double(k), shift: 1 / Double(k)))
    return tape.add(tape.multiply(w, survival), shared)
  }
}
