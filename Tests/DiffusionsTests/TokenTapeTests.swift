import Diffusions
import Kernels
import Tensors
import TestSupport
import Testing

@Suite("What a tape computes of tokens")
struct TokenTapeTests {
  private func moves(_ chain: TokenChain) -> [TokenMove] {
    let states = chain.diffusion.states
    return TokenReversalTests.steps.flatMap { step in
      (0..<states).flatMap { x in
        (0..<states).compactMap { z in
          let p = chain.probabilities(x, step, [0, 0.1, 0.2])
          return p[z] > 0 ? TokenMove(from: x, to: z, step: step) : nil
        }
      }
    }
  }

  /// Differences, since constants are left out.
  @Test("moves with the network as the probabilities do", arguments: TokenCase.all)
  func values(_ test: TokenCase) {
    let chain = test.chain(places: 1)
    let moves = moves(chain)
    let outputs = [
      spread(3 * moves.count, seed: 2, scale: 2), spread(3 * moves.count, seed: 3, scale: 2),
    ]
    let onTape = outputs.map { outputs in
      let tape = Tape(.float64)
      let tensor = tape.copy(outputs.map { Double($0) }, Shape(moves.count, 3))
      return chain.reversal.logProbabilities(tensor, on: tape) { moves[$0] }.values
    }
    for (index, move) in moves.enumerated() {
      let known = outputs.map { outputs in
        scalarLog(
          chain.probabilities(
            move.from, move.step, Array(outputs[3 * index..<3 * index + 3]))[move.to])
      }
      expect(
        onTape[1][index] - onTape[0][index], equals: known[1] - known[0], within: .absolute(1e-6),
        "\(move)")
    }
  }

  @Test("has the gradient of its differences", arguments: TokenCase.all)
  func gradient(_ test: TokenCase) {
    let chain = test.chain(places: 1)
    let moves = moves(chain)
    let input = Input(Shape(moves.count, 3), seed: 2, scale: 0.5)
    expectGradient(
      of: { tape, x in
        chain.reversal.logProbabilities(x[0], on: tape) { $0 == 1 ? nil : moves[$0] }
      }, at: [input], order: 1)
    for loss in TokenLoss.allCases {
      expectGradient(
        of: { tape, x in
          chain.reversal.losses(loss, x[0], on: tape) { row in
            row == 1
              ? nil
              : TokenExample(
                data: row % 3, noised: moves[row].from, survival: moves[row].step.survival)
          }
        }, at: [input], order: 1)
    }
  }

  /// E[loss] of a perfect network at a time, and the gradient by what it says.
  private func expected(
    _ chain: TokenChain, _ loss: TokenLoss, time: Double
  ) -> (value: Double, slope: Double) {
    let tape = Tape(.float64)
    let (states, survival) = (chain.diffusion.states, chain.diffusion.survival(at: time))
    let pairs = (0..<states).flatMap { x in (0..<3).map { (data: $0, noised: x) } }
    let said = (0..<states).flatMap {
      chain.outputs([$0], place: 0, survival: survival).map { Double($0) }
    }
    let outputs = tape.variable(tape.copy(said, Shape(states, 3)))
    let rows = tape.gather(outputs, tape.indices(pairs.map(\.noised)))
    let losses = chain.reversal.losses(loss, rows, on: tape) { row in
      TokenExample(data: pairs[row].data, noised: pairs[row].noised, survival: survival)
    }
    let weights = pairs.map { chain.joint([$0.noised], survival: survival)[$0.data] }
    let mean = tape.sum(tape.multiply(losses, tape.copy(weights, Shape(pairs.count))))
    tape.backward(from: mean)
    let slope = tape.gradientValues(of: outputs).reduce(0) { max($0, $1.magnitude) }
    return (mean.values[0], slope)
  }

  /// Cross-entropy asks for tokens.
  static let cases = TokenCase.all.flatMap { test in
    TokenLoss.allCases.filter { test.prediction == .tokens || $0 == .scoreEntropy }.map {
      (test, $0)
    }
  }

  @Test("of the losses is least where the network is perfect", arguments: cases)
  func minimum(_ test: TokenCase, _ loss: TokenLoss) {
    let chain = test.chain(places: 1, leastSurvival: 1e-3)
    for time in [0.2, 0.5, 0.9] {
      #expect(expected(chain, loss, time: time).slope < 1e-6, "time \(time)")
    }
  }

  /// ∫ E[loss] dt = entropy of the data - what is still known of it at time 0.
  @Test(
    "of the bounds adds up to the entropy of the data",
    arguments: cases.filter { $0.0.noise != .uniform || $0.1 == .scoreEntropy })
  func entropy(_ test: TokenCase, _ loss: TokenLoss) {
    let chain = test.chain(places: 1, leastSurvival: 1e-4)
    let parts = 2000
    var (bound, entropy) = (0.0, 0.0)
    for part in 0..<parts {
      let time = (Double(part) + 0.5) / Double(parts)
      bound += expected(chain, loss, time: time).value / Double(parts)
    }
    for p in chain.data { entropy -= p * scalarLog(p) }
    expect(bound, equals: entropy, within: .absolute(3e-3))
  }
}
