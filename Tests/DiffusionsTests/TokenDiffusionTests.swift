import Diffusions
import Kernels
import Tensors
import TestSupport
import Testing

@Suite("A diffusion of tokens")
struct TokenDiffusionTests {
  @Test("has transitions that are probabilities and go together", arguments: TokenNoise.allCases)
  func transitions(_ noise: TokenNoise) {
    let diffusion = TokenDiffusion(noise, tokens: 4)
    for x in 0..<diffusion.states {
      for (first, second) in [(0.9, 0.5), (0.3, 0.01), (1, 0.7)] {
        for z in 0..<diffusion.states {
          var twice = 0.0
          for y in 0..<diffusion.states {
            let way = diffusion.noised(x, to: y, survival: first)
            twice += way * diffusion.noised(y, to: z, survival: second)
          }
          expect(
            twice, equals: diffusion.noised(x, to: z, survival: first * second),
            within: .absolute(1e-12))
        }
      }
      let sum = (0..<diffusion.states).reduce(0.0) {
        $0 + diffusion.noised(x, to: $1, survival: 0.6)
      }
      expect(sum, equals: 1, within: .absolute(1e-12))
    }
  }

  @Test("draws noise by those transitions", arguments: TokenNoise.allCases)
  func draws(_ noise: TokenNoise) {
    let diffusion = TokenDiffusion(noise, tokens: 3)
    let states = (0..<8000).map { row in
      var words = RandomStream(seed: 4).words(of: .uniform, row: row)
      return diffusion.noise(1, survival: 0.4, &words)
    }
    for z in 0..<diffusion.states {
      let truth = diffusion.noised(1, to: z, survival: 0.4)
      guard truth > 0 else {
        #expect(!states.contains(z))
        continue
      }
      expectMean(
        of: states.map { $0 == z ? 1 : 0 }, is: truth, within: .standardErrors(4.5), "state \(z)")
    }
  }

  @Test("is linear in time, from what may survive to everything")
  func schedule() {
    let diffusion = TokenDiffusion(.absorbing, tokens: 3, leastSurvival: 0.1)
    #expect(diffusion.survival(at: 0) == 0.1 && diffusion.survival(at: 1) == 1)
    let step = diffusion.step(2, of: 4)
    expect(step.survival, equals: 0.55, within: .absolute(1e-12))
    expect(step.revealed + step.hidden, equals: 1, within: .absolute(1e-12))
    #expect(diffusion.step(3, of: 4).revealed == 1)
  }
}

/// Noise and what the network says of it.
struct TokenCase: Sendable, CustomTestStringConvertible {
  let noise: TokenNoise
  let prediction: TokenPrediction

  static let all = TokenNoise.allCases.flatMap { noise in
    TokenPrediction.allCases.map { TokenCase(noise: noise, prediction: $0) }
  }

  var testDescription: String { "\(noise.rawValue), \(prediction.rawValue)" }

  func chain(places: Int, leastSurvival: Double = 1e-6) -> TokenChain {
    TokenChain(noise, prediction, places: places, leastSurvival: leastSurvival)
  }
}

@Suite("The way back from noise to tokens")
struct TokenReversalTests {
  static let steps = [
    TokenStep(survival: 0.1, next: 0.3), TokenStep(survival: 0.5, next: 0.95),
    TokenStep(survival: 0.8, next: 1),
  ]

  @Test("has probabilities that add up to 1, whatever the network says", arguments: TokenCase.all)
  func sums(_ test: TokenCase) {
    let chain = test.chain(places: 1)
    for (index, step) in Self.steps.enumerated() {
      for x in 0..<chain.diffusion.states {
        let p = chain.probabilities(x, step, spread(3, seed: UInt64(index), scale: 3))
        #expect(p.allSatisfy { $0 >= 0 })
        expect(p.reduce(0, +), equals: 1, within: .absolute(1e-9), "\(x), step \(index)")
        if step.next == 1, chain.diffusion.hasMask { #expect(p[chain.diffusion.mask] == 0) }
      }
    }
  }

  @Test(
    "leads from noise to the data of one place in any number of steps", arguments: TokenCase.all)
  func onePlace(_ test: TokenCase) {
    let steps = test.noise == .ordered ? [1] : [1, 2, 7]
    for steps in steps { #expect(test.chain(places: 1).distance(steps: steps) < 2e-5, "\(steps)") }
  }

  /// Places change independently in a step, so two at once is an error of the order of a step; uniform noise
  /// changes them more often than a mask does.
  @Test(
    "leads to the data of two places as steps become small",
    arguments: TokenCase.all.filter { $0.noise != .ordered })
  func twoPlaces(_ test: TokenCase) {
    let chain = test.chain(places: 2, leastSurvival: 1e-4)
    let (coarse, fine) = (chain.distance(steps: 16), chain.distance(steps: 32))
    #expect(fine < 0.015 && fine < 0.65 * coarse, "\(coarse) and \(fine)")
  }

  @Test("leads to the data of three places exactly, one after the other")
  func ordered() {
    let chain = TokenCase(noise: .ordered, prediction: .tokens).chain(places: 3)
    #expect(chain.distance(steps: 3) < 1e-6)
  }

  @Test("draws by those probabilities, and knows them", arguments: TokenCase.all)
  func draws(_ test: TokenCase) {
    let chain = test.chain(places: 1)
    let (reversal, outputs) = (chain.reversal, spread(3, seed: 8, scale: 1))
    var scratch = [Double](repeating: 0, count: chain.diffusion.states)
    for (step, x) in [(Self.steps[0], chain.diffusion.states - 1), (Self.steps[2], 1)] {
      let p = chain.probabilities(x, step, outputs)
      let draws = (0..<6000).map { row in
        var words = RandomStream(seed: 4).words(of: .categorical, row: row)
        return reversal.draw(after: x, step, outputs: outputs, &words, &scratch)
      }
      for z in p.indices {
        let known = reversal.logProbability(of: z, after: x, step, outputs: outputs, &scratch)
        expect(scalarExp(known), equals: p[z], within: .absolute(1e-12))
        guard p[z] > 0, p[z] < 1 else {
          #expect(draws.allSatisfy { ($0 == z) == (p[z] == 1) })
          continue
        }
        expectMean(
          of: draws.map { $0 == z ? 1 : 0 }, is: p[z], within: .standardErrors(4.5), "to \(z)")
      }
    }
  }
}
