import Kernels
import Networks
import Tensors
import TestSupport
import Testing

@Suite("A low-rank adapter")
struct LowRankAdapterTests {
  private let set = ParameterSet()
  private let plain, adapted: Linear

  init() {
    plain = Linear("l", inputs: 6, outputs: 5, in: set)
    adapted = plain.adapted("l.adapter", rank: 2, alpha: 8, in: set)
    set.initialize(seed: 4)
  }

  private func output(_ layer: Linear) -> [Double] {
    let tape = Tape(.float32)
    let context = Context(tape: tape, parameters: ParameterBinding(set, gradients: nil))
    return layer(tape.copy(Input(Shape(2, 3, 6), seed: 1).values, Shape(2, 3, 6)), context).values
  }

  /// Gives the second factor numbers, as learning would.
  private func learn() {
    let up = set.entries[3].parameter
    for (i, x) in spread(up.shape.count, seed: 3).enumerated() { set.values[up.offset + i] = x }
    set.refreshTransposes()
  }

  @Test("changes nothing at first, something once it has learned")
  func start() {
    #expect(output(adapted) == output(plain))
    learn()
    #expect(output(adapted) != output(plain))
  }

  @Test("adds α/r x A B")
  func formula() {
    learn()
    let (a, b) = (set.entries[2].parameter, set.entries[3].parameter)
    let x = Input(Shape(6, 6), seed: 1).values
    let change = (0..<30).map { i in
      (0..<2).reduce(0.0) { sum, k in
        sum + 4 * Double(set.values[b.offset + k * 5 + i % 5])
          * (0..<6).reduce(0.0) {
            $0 + x[i / 5 * 6 + $1] * Double(set.values[a.offset + $1 * 2 + k])
          }
      }
    }
    expect(
      zip(output(adapted), output(plain)).map { $0 - $1 }, equals: change, within: .scaled(2e-6))
  }

  @Test("can be merged into the weight")
  func merge() {
    learn()
    let before = output(adapted)
    adapted.mergeAdapter(in: set)
    expect(output(adapted), equals: before, within: .scaled(2e-6))
    #expect(output(adapted) == output(plain))
  }

  @Test("learns while weight and bias stay")
  func frozen() {
    learn()
    let tape = Tape(.float32)
    let gradient = tape.constant(0, Shape(set.count))
    let context = Context(
      tape: tape, parameters: ParameterBinding(set, gradients: gradient.data))
    let y = adapted(tape.copy(Input(Shape(3, 6), seed: 1).values, Shape(3, 6)), context)
    tape.backward(from: tape.sum(tape.apply(.square, y)))
    let base = set.entries[2].parameter.offset
    #expect(gradient.values[..<base].allSatisfy { $0 == 0 })
    #expect(gradient.values[base...].allSatisfy { $0 != 0 })
  }
}
