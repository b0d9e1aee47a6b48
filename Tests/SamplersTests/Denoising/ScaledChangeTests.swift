import Kernels
import Networks
@testable import Samplers
import Tensors
import TestSupport
import Testing

@Suite("A change to a network that says data")
struct ScaledChangeTests {
  /// A chain, and one whose network says δ more of each coordinate, with the parameters of both.
  private func chains(
    _ prediction: DenoisingPrediction
  ) throws -> (base: GaussianChain, changed: GaussianChain, set: ParameterSet) {
    var config = DenoisingConfig()
    (config.prediction, config.steps, config.scale) = (prediction, 10, 1.5)
    config.schedule = .cosine
    (config.network.width, config.network.layers) = (8, 1)
    let set = ParameterSet()
    set.prefix = "base."
    let base = try GaussianChain(config, DenoisingShape(dimension: 3), in: set)
    let count = set.count
    set.freeze()
    set.prefix = "changed."
    let copy = try GaussianChain(config, DenoisingShape(dimension: 3), in: set)
    set.initialize(seed: 1)
    for i in 0..<count {
      set.values[i] += 0.1
      set.values[count + i] = set.values[i]
    }
    let bias = try #require(set.entries.last { $0.name.hasSuffix("last.bias") }).parameter
    for j in 0..<3 { set.values[bias.offset + j] += Self.delta[j] }
    set.refreshTransposes()
    return (base, copy.changing(base), set)
  }

  private static let delta: [Float] = [0.5, -0.25, 1]

  /// The mean of the next state of one row.
  private func means(
    _ chain: GaussianChain, _ set: ParameterSet, step: Int
  ) -> [Double] {
    let tape = Tape()
    let context = Context(tape: tape, parameters: ParameterBinding(set, gradients: nil))
    let (state, next): ([Float], [Float]) = ([0.3, -1.2, 0.8], [0, 0, 0])
    let steps = [Int32(step)]
    let d = Double(chain.row(step).deviation)
    // log p = -½ |x - m|² / d² is larger by 2 m / d² at x = 1 than at -1.
    return (0..<3).map { j in
      let values = [-1.0, 1].map { sign in
        var moved = next
        moved[j] = Float(sign)
        return chain.logProbability(
          steps, StepRows(first: 0, count: 1), of: moved, from: state, context
        ).values[0]
      }
      return 0.5 * d * d * (values[1] - values[0])
    }
  }

  @Test("moves a step by what the same change of a velocity does", arguments: [0, 4, 8, 9])
  func means(_ step: Int) throws {
    func shifts(_ prediction: DenoisingPrediction) throws -> [Double] {
      let (base, changed, set) = try chains(prediction)
      return zip(means(changed, set, step: step), means(base, set, step: step)).map { $0 - $1 }
    }
    // x̂ = a y - s F of a velocity F: the other sign.
    for (a, b) in try zip(shifts(.data), shifts(.velocity)) {
      #expect(a.magnitude > 1e-4 && (a + b).magnitude < 1e-4 * (1 + a.magnitude), "\(a) \(b)")
    }
  }

  @Test("has no gradient by what it began as, and that of the change by differences")
  func gradient() throws {
    let (_, chain, set) = try chains(.data)
    func value(_ gradients: UnsafeMutableRawPointer?) -> Double {
      let tape = Tape()
      let context = Context(tape: tape, parameters: ParameterBinding(set, gradients: gradients))
      let (state, next): ([Float], [Float]) = ([0.3, -1.2, 0.8], [0.1, -0.7, 0.9])
      let sum = tape.sum(
        chain.logProbability(
          [8], StepRows(first: 0, count: 1), of: next, from: state, context))
      if gradients != nil { tape.backward(from: sum) }
      return sum.values[0]
    }
    var gradient = [Float](repeating: 0, count: set.count)
    gradient.withUnsafeMutableBytes { _ = value($0.baseAddress) }
    #expect(gradient.prefix(set.frozenCount).allSatisfy { $0 == 0 })
    let bias = try #require(set.entries.last { $0.name.hasSuffix("last.bias") }).parameter
    for j in 0..<3 {
      let kept = set.values[bias.offset + j]
      let ends = [-0.01, 0.01].map { shift in
        set.values[bias.offset + j] = kept + Float(shift)
        return value(nil)
      }
      set.values[bias.offset + j] = kept
      let slope = Double(gradient[bias.offset + j])
      let miss = (slope - (ends[1] - ends[0]) / 0.02).magnitude
      #expect(slope != 0 && miss < 0.02 * slope.magnitude, "\(slope)")
    }
  }
}
