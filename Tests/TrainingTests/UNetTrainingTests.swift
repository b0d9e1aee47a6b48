import Kernels
import Networks
import Optimizers
import Tensors
import TestSupport
import Testing
import Training

@Suite("Training on images")
struct UNetTrainingTests {
  private static let images = spread(5 * 8 * 8 * 2, seed: 1)
  private static let noise = spread(5 * 8 * 8 * 2, seed: 2)

  /// The parameters after a few steps of a small U-Net with batch normalisation behind it.
  private func parameters(_ threads: Int, _ instructionSet: InstructionSet) throws -> [UInt32] {
    var config = UNetConfig()
    (config.channels, config.width, config.multiples) = (2, 8, [1, 2])
    (config.blocks, config.groups, config.attentionLevels) = (1, 4, [1])
    let set = ParameterSet()
    let network = try UNet(config, in: set)
    let last = BatchNormalization("batch", channels: 2, in: set)
    set.initialize(seed: 3)
    let trainer = BatchTrainer(
      set, Optimizer(try Adam(), set) { _ in GroupSettings(learningRate: 0.01) }, blockRows: 2,
      seed: 0, pool: ThreadPool(threads: threads), instructionSet: instructionSet)
    trainer.clipNorm = 1
    for _ in 0..<4 { try trainer.step(rows: 5) { loss(network, last, $0, $1) } }
    return (0..<set.count).map { set.values[$0].bitPattern }
  }

  private func loss(
    _ network: UNet, _ last: BatchNormalization, _ context: Context, _ rows: Range<Int>
  ) -> Tensor {
    let (tape, shape) = (context.tape, Shape(rows.count, 8, 8, 2))
    func part(_ values: [Float]) -> Tensor {
      tape.copy(
        values[rows.lowerBound * 128..<rows.upperBound * 128].map { Double($0) }, shape)
    }
    let times = tape.copy(rows.map { 50 * Double($0) }, Shape(rows.count, 1))
    let estimate = last(network(part(Self.images), at: times, context), context)
    return tape.sum(tape.apply(.square, tape.subtract(estimate, part(Self.noise))))
  }

  @Test("gives the same bits for any number of threads and any instruction set")
  func bits() throws {
    let first = try parameters(1, .active)
    for threads in [2, 3, 5, 8] {
      #expect(try parameters(threads, .active) == first, "\(threads) threads")
    }
    for set in InstructionSet.available {
      #expect(try parameters(2, set) == first, "\(set)")
    }
  }

  @Test("moves running averages by what blocks saw, not by the optimiser's rule")
  func runningAverages() throws {
    let set = ParameterSet()
    let layer = BatchNormalization("batch", channels: 1, momentum: 0.5, in: set)
    set.initialize(seed: 1)
    let trainer = BatchTrainer(
      set,
      Optimizer(try Adam(isDecoupled: true), set) { _ in
        GroupSettings(learningRate: 0.1, weightDecay: 0.1)
      }, blockRows: 2, seed: 0)
    trainer.clipNorm = 1e-3
    let values = [1.0, 3, 10, 14]
    for _ in 0..<30 {
      try trainer.step(rows: 4) { context, rows in
        let tape = context.tape
        let x = tape.copy(Array(values[rows]), Shape(2, 1))
        return tape.sum(tape.apply(.square, layer(x, context)))
      }
    }
    // Means of the blocks are 2 and 12, unbiased variances 2 and 8.
    let averages = set.entries.filter { $0.group == .statistics }
    #expect(averages.map(\.name) == ["batch.running.mean", "batch.running.variance"])
    let ends = averages.map { Double(set.values[$0.parameter.offset]) }
    expect(ends, equals: [7, 5], within: .relative(1e-4))
  }
}
