import KernelTables
import Networks
import Tensors
import TestSupport
import Testing

@Suite("A grouped linear layer")
struct GroupedLinearTests {
  @Test("has the gradient of its differences, for own and for shared inputs", arguments: layerSizes)
  func gradient(_ size: Int) {
    for shape in [Shape(2, size, 3), Shape(size, 3)] {
      expectLayerGradient(at: [Input(shape, seed: 1)]) { set in
        let layer = GroupedLinear("layer", groups: 2, inputs: 3, outputs: 4, in: set)
        return { layer($1[0], $0) }
      }
    }
  }

  @Test("is a linear layer for each group")
  func groups() {
    let x = Input(Shape(2, 3, 5), seed: 1)
    let (grouped, single) = (ParameterSet(), ParameterSet())
    let layer = GroupedLinear("layer", groups: 2, inputs: 5, outputs: 4, in: grouped)
    let one = Linear("layer", inputs: 5, outputs: 4, in: single)
    let values = layerValues(of: grouped, at: [x]) { layer($1[0], $0) }
    single.initialize(seed: 1)
    for group in 0..<2 {
      for i in 0..<20 { single.values[i] = grouped.values[20 * group + i] }
      for i in 0..<4 { single.values[20 + i] = grouped.values[40 + 4 * group + i] }
      single.refreshTransposes()
      let tape = Tape()
      let context = Context(tape: tape, parameters: ParameterBinding(single, gradients: nil))
      let rows = tape.copy(Array(x.values[15 * group..<15 * (group + 1)]), Shape(3, 5))
      expect(
        Array(values[12 * group..<12 * (group + 1)]), equals: one(rows, context).values,
        within: .scaled(1e-6))
    }
    let bound = 1 / 5.0.squareRoot()
    #expect((0..<grouped.count).allSatisfy { Double(grouped.values[$0].magnitude) <= bound })
  }
}

@Suite("An MLP")
struct MLPTests {
  @Test("has the gradient of its differences", arguments: layerSizes)
  func gradient(_ size: Int) {
    expectLayerGradient(at: [Input(Shape(size, 3), seed: 1)]) { set in
      let network = MLP("mlp", sizes: [3, size, 4, 2], function: .hyperbolicTangent, in: set)
      return { network($1[0], $0) }
    }
  }

  @Test("names its layers in order and has as many parameters as its sizes say")
  func parameters() {
    let set = ParameterSet()
    _ = MLP("mlp", sizes: [3, 5, 2], function: .relu, in: set)
    #expect(
      set.entries.map(\.name) == ["mlp.0.weight", "mlp.0.bias", "mlp.1.weight", "mlp.1.bias"])
    #expect(set.count == 3 * 5 + 5 + 5 * 2 + 2)
  }

  @Test("of rectifiers is linear where all are open and zero where all are shut")
  func knownValues() {
    let set = ParameterSet()
    let network = MLP("mlp", sizes: [1, 1, 1], function: .relu, in: set)
    set.initialize(seed: 1)
    for (i, value) in [2, 1, 3, 0.5].enumerated() { set.values[i] = Float(value) }
    let tape = Tape()
    let context = Context(tape: tape, parameters: ParameterBinding(set, gradients: nil))
    let y = network(tape.copy([1, -1], Shape(2, 1)), context)
    #expect(y.values == [9.5, 0.5])
  }
}

@Suite("A residual network of points and times")
struct ResidualMLPTests {
  @Test("has the gradient of its differences", arguments: [0, 1, 3, 5])
  func gradient(_ rows: Int) {
    let times = Input(Shape(rows, 1), seed: 2, scale: 0.5, shift: 0.5)
    let x = Input(Shape(rows, 2), seed: 1, scale: 0.2)
    expectLayerGradient(at: [x, times], step: 2e-4, within: .scaled(1e-5)) { set in
      let network = ResidualMLP("network", dimension: 2, width: 6, blocks: 2, in: set)
      return { network($1[0], at: $1[1], $0) }
    }
  }

  @Test("takes one time for that of all rows", arguments: layerSizes)
  func shared(_ rows: Int) {
    let x = Input(Shape(rows, 2), seed: 1, scale: 0.2)
    let network = { (set: ParameterSet) -> LayerFunction in
      let network = ResidualMLP("network", dimension: 2, width: 6, blocks: 2, in: set)
      return { network($1[0], at: $1[1], $0) }
    }
    let values = { (times: Input) -> [Double] in
      let set = ParameterSet()
      let layer = network(set)
      return layerValues(of: set, at: [x, times], layer)
    }
    let times = { Input(Shape($0, 1), seed: 2, scale: 0, shift: 0.7) }
    let one = times(1)
    expect(values(one), equals: values(times(rows)), within: .scaled(1e-6))
    expectLayerGradient(at: [x, one], step: 2e-4, within: .scaled(1e-5), declaring: network)
  }

  @Test("has the same sinusoids whether or not a gradient goes through them", arguments: layerSizes)
  func waves(_ size: Int) {
    let x = Input(Shape(3, size), seed: 1, scale: 9)
    let values = { (recording: Bool) -> [Double] in
      let tape = Tape()
      let tensor = tape.copy(x.values, x.shape)
      return tape.waves(recording ? tape.variable(tensor) : tensor).values
    }
    #expect(values(true) == values(false))
  }

  @Test("has as many parameters as published for 40 modes in the plane")
  func parameters() {
    let set = ParameterSet()
    _ = ResidualMLP("network", dimension: 2, in: set)
    #expect(set.count == 99_074)
  }

  @Test("embeds each column by sines, then cosines, of falling frequencies")
  func embedding() {
    let embedding = SinusoidalEmbedding(count: 3, scale: 2)
    let tape = Tape(.float64)
    let context = Context(
      tape: tape, parameters: ParameterBinding(ParameterSet.empty, gradients: nil))
    let values = embedding(tape.copy([0.3, -0.4], Shape(1, 2)), context).values
    let frequencies = [2, 0.02, 0.0002]
    for (column, x) in [0.3, -0.4].enumerated() {
      for (k, f) in frequencies.enumerated() {
        let (sine, cosine) = (values[6 * column + k], values[6 * column + 3 + k])
        expect(sine * sine + cosine * cosine, equals: 1, within: .absolute(1e-12))
        if k > 0 { expect(sine, equals: f * x, within: .relative(1e-4)) }
      }
    }
    expect(values[0], equals: 0.5646424733950354, within: .absolute(1e-9))
  }
}

extension ParameterSet {
  /// A set without parameters, initialised.
  static var empty: ParameterSet {
    let set = ParameterSet()
    set.initialize(seed: 0)
    return set
  }
}

@Suite("Normalisation over a context")
struct ContextNormalizationTests {
  @Test("has the gradient of its differences", arguments: [0, 1, 3, 5, 17])
  func gradient(_ size: Int) {
    expectLayerGradient(at: [Input(Shape(2, size + 2, 3), seed: 1)]) { set in
      let layer = ContextNormalization("norm", features: 3, in: set)
      return { layer($1[0], $0) }
    }
  }

  @Test("gives every feature of a context mean 0 and unbiased variance 1")
  func moments() {
    let set = ParameterSet()
    let layer = ContextNormalization("norm", features: 3, in: set)
    let x = Input(Shape(2, 5, 3), seed: 1, scale: 4, shift: 7)
    let y = layerValues(of: set, at: [x]) { layer($1[0], $0) }
    for context in 0..<2 {
      for feature in 0..<3 {
        let values = (0..<5).map { y[(context * 5 + $0) * 3 + feature] }
        let (mean, error) = meanAndError(values)
        expect(mean, equals: 0, within: .absolute(1e-6))
        expect(error * 5.0.squareRoot(), equals: 1, within: .absolute(1e-6))
      }
    }
  }
}
