import Kernels
import Networks
import Tensors
import TestSupport
import Testing

@Suite("A U-Net")
struct UNetTests {
  private func small(classes: Int = 0) -> UNetConfig {
    var config = UNetConfig()
    (config.channels, config.width, config.multiples) = (2, 4, [1, 2])
    (config.blocks, config.groups, config.attentionLevels) = (1, 2, [1])
    (config.heads, config.classes) = (2, classes)
    return config
  }

  @Test("has the gradients of its differences", arguments: [0, 3])
  func gradient(_ classes: Int) {
    let inputs = [Input(Shape(2, 4, 2, 2), seed: 1), Input(Shape(2, 1), seed: 2)]
    expectLayerGradient(at: inputs, parameterScale: 0.5, within: .scaled(1e-5)) { set in
      guard let network = try? UNet(small(classes: classes), in: set) else {
        preconditionFailure("the numbers go together")
      }
      return { context, x in
        let labels = classes > 0 ? context.tape.indices([3, 1]) : nil
        return network(x[0], at: x[1], labels: labels, context)
      }
    }
  }

  /// What a U-Net of these numbers has, counted from its drawing.
  private func parameters(_ config: UNetConfig) -> Int {
    let (c, e) = (config.width, 4 * config.width)
    func linear(_ inputs: Int, _ outputs: Int) -> Int { inputs * outputs + outputs }
    func block(_ i: Int, _ o: Int, _ attends: Bool) -> Int {
      let convolutions = linear(9 * i, o) + linear(9 * o, o) + linear(e, o)
      let attention = attends ? 2 * o + linear(o, 3 * o) + linear(o, o) : 0
      return 2 * i + 2 * o + convolutions + (i == o ? 0 : linear(i, o)) + attention
    }
    let widths = config.multiples.map { $0 * c }
    let (top, bottom) = (widths[0], widths[widths.count - 1])
    var count = linear(c, e) + linear(e, e) + linear(9 * config.channels, c)
    count += config.classes > 0 ? (config.classes + 1) * e : 0
    count += block(bottom, bottom, true) + block(bottom, bottom, false)
    count += 2 * top + linear(9 * top, config.channels)
    for (level, o) in widths.enumerated() {
      let attends = config.attentionLevels.contains(level)
      let (above, below) = (
        level == 0 ? c : widths[level - 1], level + 1 < widths.count ? widths[level + 1] : o
      )
      for k in 0..<config.blocks {
        count += block(k == 0 ? above : o, o, attends)
        count += block(o + (k == 0 ? below : o), o, attends)
      }
      count += (level > 0 ? linear(9 * o, o) : 0) + (o != bottom ? linear(9 * o, o) : 0)
    }
    return count
  }

  @Test("has as many parameters as its drawing")
  func parameterCounts() throws {
    var deep = UNetConfig()
    (deep.multiples, deep.classes, deep.blocks) = ([1, 2, 2, 4], 10, 1)
    for config in [UNetConfig(), small(), small(classes: 3), deep] {
      let set = ParameterSet()
      _ = try UNet(config, in: set)
      #expect(set.count == parameters(config))
    }
  }

  @Test("gives images of their own size, zero at first")
  func start() throws {
    let set = ParameterSet()
    let network = try UNet(small(), in: set)
    set.initialize(seed: 1)
    let tape = Tape(.float32)
    let x = tape.copy(Input(Shape(3, 6, 8, 2), seed: 1).values, Shape(3, 6, 8, 2))
    let context = Context(tape: tape, parameters: ParameterBinding(set, gradients: nil))
    let y = network(x, at: tape.copy([0, 10, 999], Shape(3, 1)), context)
    #expect(y.shape == x.shape && y.values.allSatisfy { $0 == 0 })
  }

  @Test("treats images of a batch by themselves, bit for bit")
  func independence() throws {
    let set = ParameterSet()
    let network = try UNet(small(), in: set)
    set.initialize(seed: 1)
    for i in 0..<set.count { set.values[i] += 0.01 }
    set.refreshTransposes()
    let values = Input(Shape(3, 4, 4, 2), seed: 1).values
    func run(_ range: Range<Int>) -> [Double] {
      let (tape, count) = (Tape(.float32), range.count)
      let x = tape.copy(
        Array(values[range.lowerBound * 32..<range.upperBound * 32]), Shape(count, 4, 4, 2))
      let times = tape.copy(range.map { 100 * Double($0) }, Shape(count, 1))
      let context = Context(tape: tape, parameters: ParameterBinding(set, gradients: nil))
      return network(x, at: times, context).values
    }
    let all = run(0..<3)
    #expect(all == run(0..<1) + run(1..<3))
    #expect(all.contains { $0 != 0 })
  }

  @Test("says what is wrong with sizes and numbers that do not go together")
  func errors() throws {
    try UNetConfig().validate(height: 32, width: 20)
    #expect(throws: UNetError.self) { try UNetConfig().validate(height: 32, width: 30) }
    #expect(throws: UNetError.self) { try UNetConfig().validate(height: 0, width: 32) }
    for change: (inout UNetConfig) -> Void in [
      { $0.groups = 5 }, { $0.width = 7 }, { $0.heads = 3 }, { $0.attentionLevels = [3] },
      { $0.blocks = 0 }, { $0.multiples = [] }, { $0.classes = -1 },
    ] {
      var config = UNetConfig()
      change(&config)
      #expect(throws: UNetError.self) { try UNet(config, in: ParameterSet()) }
    }
  }
}
