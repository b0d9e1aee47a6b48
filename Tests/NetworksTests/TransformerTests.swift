import KernelTables
import Kernels
import Networks
import Tensors
import TestSupport
import Testing

/// A small Transformer layer of each kind.
struct TransformerCase: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let inputs: [Shape]
  let declare: @Sendable (ParameterSet) -> LayerFunction

  static func config(
    layers: Int = 1, isPreNorm: Bool = true, _ change: (inout TransformerConfig) -> Void = { _ in }
  ) -> TransformerConfig {
    var config = TransformerConfig(width: 4, heads: 2, hidden: 6, layers: layers)
    config.isPreNorm = isPreNorm
    change(&config)
    return config
  }

  static func attention(
    _ name: String, mask: ScoreMask = .none, _ change: (inout MultiHeadAttention.Options) -> Void
  ) -> TransformerCase {
    var options = MultiHeadAttention.Options()
    change(&options)
    let (fixed, hasMemory) = (options, options.memoryWidth != nil)
    let (causal, skips) = (mask.isCausal, mask.skipsOwnPlace)
    return TransformerCase(
      testDescription: name, inputs: [Shape(2, 3, 4)] + (hasMemory ? [Shape(2, 5, 3)] : [])
    ) { set in
      let layer = MultiHeadAttention("a", width: 4, heads: 2, options: fixed, in: set)
      return { context, x in
        layer(
          x[0], memory: hasMemory ? x[1] : nil,
          mask: ScoreMask(isCausal: causal, skipsOwnPlace: skips), context)
      }
    }
  }

  static let all: [TransformerCase] = [
    attention("self-attention") { _ in },
    attention("causal attention with rotary positions", mask: .causal) {
      $0.rotary = RotaryPositions(width: 2, places: 4)
    },
    attention("symmetric attention past itself", mask: .skippingOwnPlace) {
      ($0.isSymmetric, $0.isScaled) = (true, false)
    },
    attention("cross-attention with wide heads") { ($0.memoryWidth, $0.headWidth) = (3, 3) },
    TransformerCase(testDescription: "feed-forward", inputs: [Shape(2, 3, 4)]) { set in
      let layer = FeedForward("f", width: 4, hidden: 5, activation: .silu, in: set)
      return { layer($1[0], $0) }
    },
    TransformerCase(testDescription: "pre-norm encoder", inputs: [Shape(2, 3, 4)]) { set in
      let layer = TransformerStack("e", config(layers: 2), in: set)
      return { layer($1[0], $0) }
    },
    TransformerCase(testDescription: "post-norm block", inputs: [Shape(2, 3, 4)]) { set in
      let layer = TransformerBlock("b", config(isPreNorm: false), in: set)
      return { layer($1[0], $0) }
    },
    TransformerCase(
      testDescription: "encoder and decoder", inputs: [Shape(2, 3, 4), Shape(2, 4, 4)]
    ) { set in
      let layer = Transformer("t", encoder: config(), decoder: config(), in: set)
      return { layer($1[0], $1[1], $0) }
    },
    TransformerCase(
      testDescription: "conditioned block", inputs: [Shape(2, 3, 4), Shape(2, 3)]
    ) { set in
      let layer = ConditionedTransformerBlock("d", config(), conditionWidth: 3, in: set)
      return { layer($1[0], condition: $1[1], $0) }
    },
    TransformerCase(testDescription: "linear without a bias", inputs: [Shape(2, 3, 4)]) { set in
      let layer = Linear("l", inputs: 4, outputs: 5, hasBias: false, in: set)
      return { layer($1[0], $0) }
    },
    TransformerCase(testDescription: "embedding and its scores", inputs: [Shape(2, 3, 4)]) { set in
      let layer = Embedding("e", count: 5, width: 4, in: set)
      return { context, x in
        let rows = layer(context.tape.indices([0, 3, 3, 1, 4, 0]), batch: 2, context)
        return layer.scores(of: context.tape.multiply(rows, x[0]), context)
      }
    },
    TransformerCase(testDescription: "root mean square norm", inputs: [Shape(2, 3, 4)]) { set in
      let layer = RootMeanSquareNormalization("n", width: 4, in: set)
      return { layer($1[0], $0) }
    },
  ]
}

@Suite("Every Transformer layer")
struct TransformerLayerTests {
  @Test("has the gradient of its differences", arguments: TransformerCase.all)
  func gradient(_ test: TransformerCase) {
    expectLayerGradient(
      at: test.inputs.enumerated().map { Input($1, seed: UInt64($0) + 3) },
      within: .scaled(1e-5), declaring: test.declare)
  }
}

@Suite("A Transformer")
struct TransformerTests {
  private func context(_ set: ParameterSet, _ tape: Tape = Tape(.float32)) -> Context {
    Context(tape: tape, parameters: ParameterBinding(set, gradients: nil))
  }

  private func numbers(_ shape: Shape, seed: UInt64) -> [Double] {
    spread(shape.count, seed: seed).map { Double($0) }
  }

  @Test("has as many parameters as counted by hand")
  func counts() {
    let set = ParameterSet()
    let config = TransformerConfig(width: 256, heads: 8, hidden: 1024, layers: 8)
    _ = TransformerStack("t", config, in: set)
    let attention = 256 * 768 + 768 + 256 * 256 + 256
    let forward = 2 * 256 * 1024 + 1024 + 256
    #expect(set.count == 8 * (attention + forward + 4 * 256) + 2 * 256)
    #expect(
      set.entries.prefix(4).map(\.name) == [
        "t.0.attention.projection.weight", "t.0.attention.projection.bias",
        "t.0.attention.output.weight", "t.0.attention.output.bias",
      ])
  }

  @Test("moves its outputs as places are moved, without positions or masks")
  func equivariance() {
    let set = ParameterSet()
    let stack = TransformerStack("t", TransformerCase.config(layers: 2), in: set)
    set.initialize(seed: 3)
    let (n, width) = (6, 4)
    let (x, order) = (numbers(Shape(n, width), seed: 1), [4, 0, 5, 1, 3, 2])
    func result(_ x: [Double]) -> [Double] {
      let context = context(set)
      return stack(context.tape.copy(x, Shape(1, n, width)), context).values
    }
    let moved = result(order.flatMap { x[$0 * width..<($0 + 1) * width] })
    let straight = result(x)
    expect(
      moved, equals: order.flatMap { straight[$0 * width..<($0 + 1) * width] },
      within: .scaled(1e-6))
  }

  @Test("decodes step by step with the bits of the whole pass", arguments: [true, false])
  func steps(_ isRotary: Bool) {
    let (batch, n, width) = (2, 19, 4)
    let config = TransformerCase.config(layers: 2) {
      if isRotary { $0.attention.rotary = RotaryPositions(width: 2, places: n) }
    }
    let set = ParameterSet()
    let stack = TransformerStack("d", config, memoryWidth: width, in: set)
    set.initialize(seed: 3)
    let (x, memory) = (
      numbers(Shape(batch, n, width), seed: 1), numbers(Shape(batch, 7, width), seed: 2)
    )
    func run(_ places: Range<Int>, _ caches: [BlockCache]?) -> [Double] {
      let context = context(set)
      let all = context.tape.copy(x, Shape(batch, n, width))
      return stack(
        context.tape.slice(all, places, axis: 1),
        memory: context.tape.copy(memory, Shape(batch, 7, width)), mask: .causal, caches: caches,
        context
      ).values
    }
    let whole = run(0..<n, nil)
    let caches = stack.makeCaches(batch: batch, places: n, memoryPlaces: 7)
    for places in [0..<1, 1..<2, 2..<6, 6..<7, 7..<19] {
      let part = run(places, caches)
      for b in 0..<batch {
        let expected = whole[
          (b * n + places.lowerBound) * width..<(b * n + places.upperBound) * width]
        #expect(
          Array(part[b * places.count * width..<(b + 1) * places.count * width]) == Array(expected))
      }
    }
  }

  /// In loops of doubles, one head.
  @Test("in one pre-norm block computes what its formulas say")
  func definition() {
    let set = ParameterSet()
    var config = TransformerConfig(width: 3, heads: 1, hidden: 4, layers: 1)
    config.activation = .relu
    let block = TransformerBlock("b", config, in: set)
    set.initialize(seed: 8)
    func parameter(_ name: String) -> [Double] {
      let entry = set.entries.first { $0.name == "b." + name }
      return entry.map { entry in
        (0..<entry.parameter.shape.count).map { Double(set.values[entry.parameter.offset + $0]) }
      } ?? []
    }
    func linear(_ x: [Double], _ name: String) -> [Double] {
      let (w, b) = (parameter(name + ".weight"), parameter(name + ".bias"))
      return b.indices.map { j in b[j] + x.indices.reduce(0) { $0 + x[$1] * w[$1 * b.count + j] } }
    }
    func norm(_ x: [Double]) -> [Double] {
      let mean = x.reduce(0, +) / 3
      let variance = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 3
      return x.map { ($0 - mean) / (variance + 1e-5).squareRoot() }
    }
    let x = (0..<4).map { numbers(Shape(3), seed: UInt64($0)) }
    let projected = x.map { linear(norm($0), "attention.projection") }
    let expected = x.indices.map { i -> [Double] in
      let weights = x.indices.map { j in
        scalarExp(
          (0..<3).reduce(0) { $0 + projected[i][$1] * projected[j][3 + $1] } / 3.0.squareRoot())
      }
      let seen = (0..<3).map { c in
        x.indices.reduce(0) { $0 + weights[$1] * projected[$1][6 + c] } / weights.reduce(0, +)
      }
      let y = zip(x[i], linear(seen, "attention.output")).map { $0 + $1 }
      let hidden = linear(norm(y), "feedforward.first").map { max($0, 0) }
      return zip(y, linear(hidden, "feedforward.second")).map { $0 + $1 }
    }
    let context = context(set)
    let input = context.tape.copy(x.flatMap { $0 }, Shape(1, 4, 3))
    expect(
      block(input, context).values, equals: expected.flatMap { $0 }, within: .scaled(2e-6))
  }

  @Test("steered by a condition begins as the identity")
  func conditioned() {
    let set = ParameterSet()
    let block = ConditionedTransformerBlock(
      "d", TransformerCase.config(), conditionWidth: 3, in: set)
    let x = Input(Shape(2, 3, 4), seed: 1)
    let values = layerValues(of: set, at: [x, Input(Shape(2, 3), seed: 2)]) {
      block($1[0], condition: $1[1], $0)
    }
    #expect(values == x.values)
  }

  @Test("is left alone by dropout outside of training, and not in it")
  func dropout() {
    let set = ParameterSet()
    let stack = TransformerStack("t", TransformerCase.config { $0.dropout = 0.5 }, in: set)
    set.initialize(seed: 1)
    func run(isTraining: Bool, seed: UInt64) -> [Double] {
      var context = context(set)
      (context.isTraining, context.random) = (isTraining, RandomStream(seed: seed))
      let shape = Shape(2, 5, 4)
      return stack(context.tape.copy(numbers(shape, seed: 1), shape), context).values
    }
    #expect(run(isTraining: false, seed: 1) == run(isTraining: false, seed: 2))
    #expect(run(isTraining: true, seed: 1) != run(isTraining: true, seed: 2))
  }
}
