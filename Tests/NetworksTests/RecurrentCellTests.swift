import Networks
import Tensors
import TestSupport
import Testing

/// A recurrent cell of some width.
struct CellCase: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let cell: @Sendable (Int, ParameterSet) -> any RecurrentCell

  static let all = [
    CellCase(
      testDescription: "GRU", cell: { GRUCell("cell", inputs: 2, width: $0, in: $1) }),
    CellCase(
      testDescription: "LSTM", cell: { LSTMCell("cell", inputs: 2, width: $0, in: $1) }),
    CellCase(
      testDescription: "modular LSTM",
      cell: {
        ModularLSTMCell(
          "cell", modules: 3, inputs: 2, width: $0, judgesItself: true, in: $1)
      }),
  ]
}

@Suite("A recurrent cell")
struct RecurrentCellTests {
  @Test("has the gradient of its differences", arguments: CellCase.all, [1, 3, 5, 17])
  func gradient(_ test: CellCase, _ width: Int) {
    let set = ParameterSet()
    let columns = test.cell(width, set).stateColumns
    let inputs = [Input(Shape(3, 2), seed: 1), Input(Shape(3, columns), seed: 2)]
    expectLayerGradient(at: inputs, step: 2e-4, within: .scaled(1e-5)) { set in
      let cell = test.cell(width, set)
      return { cell($1[0], $1[1], $0) }
    }
  }

  @Test("has the gradient of its differences through time", arguments: CellCase.all, [0, 1, 4])
  func scan(_ test: CellCase, _ steps: Int) {
    expectLayerGradient(
      at: [Input(Shape(steps, 2, 2), seed: 1)], step: 2e-4, within: .scaled(1e-5)
    ) { set in
      let cell = test.cell(3, set)
      return { context, x in
        let (outputs, last) = cell.scan(x[0], context)
        let all = context.tape.reshape(outputs, Shape(outputs.count))
        return context.tape.concatenate(
          [all, context.tape.reshape(last, Shape(last.count))], axis: 0)
      }
    }
  }

  /// Gradients of a state that is used several times are added in another order.
  @Test("gives the same where activations are computed again", arguments: CellCase.all)
  func recomputing(_ test: CellCase) {
    let set = ParameterSet()
    let cell = test.cell(7, set)
    set.initialize(seed: 4)
    let x = Input(Shape(5, 3, 2), seed: 1)
    func results(_ recomputing: Bool) -> [[Double]] {
      let tape = Tape()
      let gradient = tape.zeros(Shape(set.count))
      let context = Context(
        tape: tape, parameters: ParameterBinding(set, gradients: gradient.data))
      let input = tape.variable(tape.copy(x.values, x.shape))
      let (outputs, _) = cell.scan(input, recomputing: recomputing, context)
      let weights = spread(outputs.count, seed: 3).map { Double($0) }
      tape.backward(from: outputs, seed: tape.copy(weights, outputs.shape).data)
      return [outputs.values, gradient.values, tape.gradientValues(of: input)]
    }
    let (again, kept) = (results(true), results(false))
    #expect(again[0] == kept[0])
    for (a, b) in zip(again, kept).dropFirst() { expect(a, equals: b, within: .scaled(1e-6)) }
  }

  @Test("keeps its state where gates say so: a GRU with z = 1, an LSTM with f = 1 and i = 0")
  func gates() {
    let state = [0.3, -0.2]
    func next(_ test: CellCase, _ bias: [Float]) -> [Double] {
      let set = ParameterSet()
      let cell = test.cell(1, set)
      set.initialize(seed: 1)
      for i in 0..<set.count { set.values[i] = 0 }
      let entry = set.entries.first { $0.name == "cell.input.bias" }
      for (i, value) in bias.enumerated() {
        set.values[(entry?.parameter.offset ?? 0) + i] = value
      }
      let tape = Tape()
      let context = Context(tape: tape, parameters: ParameterBinding(set, gradients: nil))
      return cell(
        tape.zeros(Shape(1, 2)),
        tape.copy(Array(state.prefix(cell.stateColumns)), Shape(1, cell.stateColumns)), context
      ).values
    }
    expect(next(CellCase.all[0], [0, 40, 1]), equals: [0.3], within: .ulps(1))
    expect(
      next(CellCase.all[0], [0, -40, 1]), equals: [0.7615941559557649], within: .ulps(3))
    expect(
      next(CellCase.all[1], [-40, 40, 1, 40]), equals: [-0.19737532022490398, -0.2],
      within: .ulps(3))
    expect(
      next(CellCase.all[1], [40, -40, 1, -40]), equals: [0, 0.7615941559557649],
      within: .absolute(1e-6))
  }

  @Test("of modules is the module that a score of 1 names")
  func modules() {
    let set = ParameterSet()
    let cell = ModularLSTMCell(
      "cell", modules: 3, inputs: 2, width: 4, judgesItself: false, in: set)
    set.initialize(seed: 2)
    let tape = Tape()
    let context = Context(tape: tape, parameters: ParameterBinding(set, gradients: nil))
    let x = tape.copy(spread(4, seed: 1).map { Double($0) }, Shape(2, 2))
    let state = tape.copy(spread(16, seed: 2).map { Double($0) }, Shape(2, 8))
    func mixed(_ scores: [Double]) -> [Double] {
      cell.step(x, state, scores: tape.copy(scores, Shape(3, 2)), context).state.values
    }
    let (first, last) = (mixed([1, 1, 0, 0, 0, 0]), mixed([0, 0, 0, 0, 1, 1]))
    #expect(first != last)
    expect(
      mixed([0.25, 0.25, 0, 0, 0.75, 0.75]),
      equals: zip(first, last).map { 0.25 * $0 + 0.75 * $1 }, within: .scaled(1e-6))
  }
}
