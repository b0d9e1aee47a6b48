import Kernels
import Tensors

/// A place of some rows before and after a step of the way back, and the step.
package struct TokenMove: Sendable {
  /// State before.
  package let from: Int
  /// State after.
  package let to: Int
  /// The step.
  package let step: TokenStep

  /// Names the three.
  package init(from: Int, to: Int, step: TokenStep) {
    (self.from, self.to, self.step) = (from, to, step)
  }
}

extension TokenReversal {
  /// log p(z | x) of each place, [rows], with its gradient by what the network says.
  ///
  /// The same as `probabilities` says, less constants that do not depend on the network. A place whose move is nil
  /// counts 0.
  /// - Parameters:
  ///   - outputs: ℓ, [rows, K].
  ///   - move: Of each row.
  package func logProbabilities(
    _ outputs: Tensor, on tape: Tape, _ move: (Int) -> TokenMove?
  ) -> Tensor {
    if !diffusion.hasMask { return replacing(outputs, tape, move) }
    let labels = tape.indices(count: outputs.shape[0]) { row in
      move(row).map { $0.from == diffusion.mask && $0.to != diffusion.mask ? $0.to : -1 } ?? -1
    }
    let revealed = tape.scale(tape.crossEntropy(outputs, labels: labels), by: -1)
    guard prediction == .ratios, diffusion.noise == .absorbing else { return revealed }
    return tape.add(revealed, whetherRevealed(outputs, tape, move))
  }

  /// log (Σ p(k)) of places that are revealed, log p(mask) of those that stay masked.
  private func whetherRevealed(
    _ outputs: Tensor, _ tape: Tape, _ move: (Int) -> TokenMove?
  ) -> Tensor {
    let rows = outputs.shape[0]
    let shape = Shape(rows)
    let moves = (0..<rows).map { row in
      move(row).flatMap { $0.from == diffusion.mask && $0.step.next < 1 ? $0 : nil }
    }
    let factors = moves.map { $0?.step.revealed ?? 0 }
    let counts = tape.constant(moves.map { $0 == nil ? 0.0 : 1 }, shape)
    let stayed = tape.constant(moves.map { $0?.to == diffusion.mask ? 1.0 : 0 }, shape)
    let all = tape.multiply(
      tape.apply(.exponential, tape.logSumExp(outputs)), tape.constant(factors, shape))
    let stays = tape.maximum(
      tape.affine(all, scale: -1, shift: 1), tape.constant(Self.leastTerm))
    let chosen = tape.select(where: stayed, stays, all)
    let share = tape.divide(chosen, tape.add(all, stays))
    return tape.apply(.logarithm, tape.select(where: counts, share, tape.constant(1)))
  }

  /// Uniform noise: log p(z | x) of the next state.
  private func replacing(
    _ outputs: Tensor, _ tape: Tape, _ move: (Int) -> TokenMove?
  ) -> Tensor {
    let terms =
      prediction == .tokens
      ? termsOfTokens(outputs, tape, move) : termsOfRatios(outputs, tape, move)
    let chosen = tape.sum(
      tape.multiply(terms, oneHot(outputs.shape, tape) { move($0)?.to }), over: [1])
    let share = tape.divide(chosen, tape.sum(terms, over: [1]))
    let counts = tape.constant(
      (0..<outputs.shape[0]).map { move($0) == nil ? 0.0 : 1 }, Shape(outputs.shape[0]))
    return tape.apply(.logarithm, tape.select(where: counts, share, tape.constant(1)))
  }

  /// p(z | x) of all z, [rows, K], up to a factor.
  private func termsOfTokens(
    _ outputs: Tensor, _ tape: Tape, _ move: (Int) -> TokenMove?
  ) -> Tensor {
    let k = diffusion.tokens
    let inverse = filled(outputs.shape, tape) { row, z in
      guard let move = move(row) else { return 1 }
      let even = (1 - move.step.survival) / Double(k)
      return even / (z == move.from ? even + move.step.survival : even)
    }
    let w = tape.multiply(tape.softmax(outputs), inverse)
    let sum = tape.sum(w, over: [1], keeping: true)
    let (own, shared) = (
      column(outputs.shape, tape) { move($0)?.step.next ?? 1 },
      column(outputs.shape, tape) { (1 - (move($0)?.step.next ?? 1)) / Double(k) }
    )
    return tape.multiply(
      tape.add(tape.multiply(w, own), tape.multiply(sum, shared)), wayThere(outputs, tape, move))
  }

  private func termsOfRatios(
    _ outputs: Tensor, _ tape: Tape, _ move: (Int) -> TokenMove?
  ) -> Tensor {
    let stays = oneHot(outputs.shape, tape) { move($0)?.from }
    let s = tape.select(where: stays, tape.constant(1), tape.apply(.exponential, outputs))
    let mean = tape.mean(s, over: [1], keeping: true)
    let grown = column(outputs.shape, tape) { move($0).map { 1 / $0.step.ratio } ?? 1 }
    let term = tape.add(
      tape.multiply(s, grown), tape.multiply(mean, tape.affine(grown, scale: -1, shift: 1)))
    return tape.multiply(
      tape.maximum(term, tape.constant(Self.leastTerm)), wayThere(outputs, tape, move))
  }

  /// q(x | z) of all z, [rows, K].
  private func wayThere(
    _ outputs: Tensor, _ tape: Tape, _ move: (Int) -> TokenMove?
  ) -> Tensor {
    filled(outputs.shape, tape) { row, z in
      move(row).map { diffusion.noised(z, to: $0.from, survival: $0.step.ratio) } ?? 1
    }
  }

  private func oneHot(_ shape: Shape, _ tape: Tape, _ state: (Int) -> Int?) -> Tensor {
    filled(shape, tape) { state($0) == $1 ? 1 : 0 }
  }

  private func column(_ shape: Shape, _ tape: Tape, _ value: (Int) -> Double) -> Tensor {
    filled(Shape(shape[0], 1), tape) { row, _ in value(row) }
  }

  private func filled(
    _ shape: Shape, _ tape: Tape, _ value: (_ row: Int, _ column: Int) -> Double
  ) -> Tensor {
    let tensor = tape.allocate(shape)
    for row in 0..<shape[0] {
      for column in 0..<shape[1] {
        tape.write(value(row, column), at: row * shape[1] + column, of: tensor)
      }
    }
    return tensor
  }
}
