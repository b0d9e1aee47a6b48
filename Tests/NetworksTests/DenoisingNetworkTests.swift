import Kernels
@testable import Networks
import Tensors
import TestSupport
import Testing

@Suite("A denoising network")
struct DenoisingNetworkTests {
  enum Kind: CaseIterable { case mlp, unet, transformer, guided }

  private func make(
    _ kind: Kind, conditions: Int = 0, hasVariance: Bool = false, in set: ParameterSet
  ) -> any DenoisingNetwork {
    switch kind {
    case .mlp:
      return DenoisingMLP(
        dimension: 16, width: 6, blocks: 2, conditionDimension: conditions,
        hasVariance: hasVariance, in: set)
    case .unet:
      var config = UNetConfig()
      (config.channels, config.width, config.multiples) = (1, 4, [1, 2])
      (config.blocks, config.groups, config.attentionLevels) = (1, 2, [1])
      guard
        let network = try? ImageUNet(
          config, height: 4, width: 4, conditionDimension: conditions, hasVariance: hasVariance,
          in: set)
      else { preconditionFailure("the numbers go together") }
      return network
    case .transformer:
      return DiffusionTransformer(
        .init(height: 4, width: 4, channels: 1, patch: 2),
        TransformerConfig(width: 8, heads: 2, hidden: 8, layers: 1),
        conditionDimension: conditions, hasVariance: hasVariance, in: set)
    case .guided:
      return ConditionGuidance(
        make(.mlp, conditions: conditions, hasVariance: hasVariance, in: set), weight: 2.5)
    }
  }

  @Test("has the gradients of its differences", arguments: Kind.allCases)
  func gradient(_ kind: Kind) {
    let inputs = [
      Input(Shape(2, 16), seed: 1), Input(Shape(2, 1), seed: 2), Input(Shape(2, 3), seed: 3),
    ]
    expectLayerGradient(at: inputs, parameterScale: 0.4, within: .scaled(1e-5)) { set in
      let network = make(kind, conditions: 3, hasVariance: true, in: set)
      return { context, x in
        let output = network(x[0], at: x[1], conditions: x[2], context)
        guard let variance = output.variance else { return output.value }
        return context.tape.concatenate([output.value, variance])
      }
    }
  }

  @Test("begins at zero, and adapted as it is", arguments: Kind.allCases)
  func adapted(_ kind: Kind) {
    let set = ParameterSet()
    let network = make(kind, in: set)
    let count = set.count
    set.freeze()
    let changed = network.adapted("lora", rank: 2, alpha: 2, in: set)
    #expect(set.count > count)
    set.initialize(seed: 1)
    func values(_ network: any DenoisingNetwork) -> [Double] {
      let tape = Tape()
      let context = Context(tape: tape, parameters: ParameterBinding(set, gradients: nil))
      let x = tape.copy(Input(Shape(3, 16), seed: 1).values, Shape(3, 16))
      let output = network(x, at: tape.copy([0, 10, 999], Shape(3, 1)), conditions: nil, context)
      return output.value.values
    }
    #expect(values(network).allSatisfy { $0 == 0 })
    for i in 0..<count where set.values[i] == 0 { set.values[i] = 0.1 }
    set.refreshTransposes()
    let plain = values(network)
    #expect(values(changed) == plain && plain.contains { $0 != 0 })
    for i in count..<set.count { set.values[i] = 0.3 }
    set.refreshTransposes()
    #expect(values(changed) != plain && values(network) == plain)
  }

  @Test(
    "says of rows what it says of each alone, at one time and at several",
    arguments: Kind.allCases, [0, 3])
  func oneTime(_ kind: Kind, conditions: Int) {
    let set = ParameterSet()
    let network = make(kind, conditions: conditions, in: set)
    set.initialize(seed: 1)
    for i in 0..<set.count { set.values[i] += 0.1 * Float(i % 7) }
    set.refreshTransposes()
    let rows = 5
    let (x, c) = (Input(Shape(rows, 16), seed: 1).values, Input(Shape(rows, 3), seed: 2).values)
    func values(_ rows: Range<Int>, at times: [Double]) -> [Double] {
      let tape = Tape()
      tape.isRecording = false
      func part(_ values: [Double], _ columns: Int) -> Tensor {
        tape.copy(
          Array(values[rows.lowerBound * columns..<rows.upperBound * columns]),
          Shape(rows.count, columns))
      }
      let context = Context(tape: tape, parameters: ParameterBinding(set, gradients: nil))
      let output = network(
        part(x, 16), at: part(times, 1), conditions: conditions > 0 ? part(c, 3) : nil, context)
      return output.value.values
    }
    for times in [[10, 10, 10, 10, 10], [10, 10, 500, 10, 10.0]] {
      let together = values(0..<rows, at: times)
      #expect(together == (0..<rows).flatMap { values($0..<$0 + 1, at: times) })
      #expect(Set(together).count > rows)
    }
  }

  @Test("has no gradient by what is held fixed", arguments: Kind.allCases)
  func frozen(_ kind: Kind) {
    let set = ParameterSet()
    let network = make(kind, in: set)
    set.freeze()
    let changed = network.adapted("lora", rank: 2, alpha: 2, in: set)
    set.initialize(seed: 1)
    for i in 0..<set.count { set.values[i] += 0.1 }
    set.refreshTransposes()
    var gradient = [Float](repeating: 0, count: set.count)
    gradient.withUnsafeMutableBytes { bytes in
      let tape = Tape()
      let context = Context(
        tape: tape, parameters: ParameterBinding(set, gradients: bytes.baseAddress))
      let x = tape.copy(Input(Shape(3, 16), seed: 1).values, Shape(3, 16))
      let output = changed(x, at: tape.copy([0, 10, 999], Shape(3, 1)), conditions: nil, context)
      tape.backward(from: tape.sum(tape.apply(.square, output.value)))
    }
    #expect(gradient.prefix(set.frozenCount).allSatisfy { $0 == 0 })
    #expect(gradient.suffix(set.count - set.frozenCount).contains { $0 != 0 })
  }
}
