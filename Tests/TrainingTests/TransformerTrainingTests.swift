import Kernels
import Networks
import Optimizers
import Tensors
import TestSupport
import Testing
import Training

/// Rows of the batch, places of a sequence and columns.
private let (sequences, places, width) = (7, 9, 24)

@Suite("A small Transformer trained with dropout")
struct TransformerTrainingTests {
  struct Outcome: Equatable {
    let losses: [Double]
    let parameters: [UInt32]
  }

  /// Learns to send each place the mean of those up to it.
  private func train(
    steps: Int, threads: Int, _ set: InstructionSet = .active, dropout: Double = 0.2,
    cut: (block: Int, tape: Int) = (2, 1)
  ) throws -> Outcome {
    let parameters = ParameterSet()
    var config = TransformerConfig(width: width, heads: 3, hidden: 40, layers: 2)
    config.dropout = dropout
    config.attention.rotary = RotaryPositions(width: width / 3, places: places)
    let stack = TransformerStack("t", config, in: parameters)
    parameters.initialize(seed: 5)
    let trainer = BatchTrainer(
      parameters, Optimizer(try Adam(), parameters) { _ in GroupSettings(learningRate: 3e-3) },
      blockRows: cut.block, tapeRows: cut.tape, seed: 6, pool: ThreadPool(threads: threads),
      instructionSet: set)
    let data = spread(sequences * places * width, seed: 1).map { Double($0) }
    let losses = try (0..<steps).map { _ in
      try trainer.step(rows: sequences) { context, rows in
        let (tape, size) = (context.tape, places * width)
        let x = tape.copy(
          Array(data[rows.lowerBound * size..<rows.upperBound * size]),
          Shape(rows.count, places, width))
        let counts = tape.copy((1...places).map { 1 / Double($0) }, Shape(places, 1))
        let target = tape.multiply(tape.cumulativeSum(x, axis: 1), counts)
        let error = tape.subtract(stack(x, mask: .causal, context), target)
        return tape.scale(tape.sum(tape.apply(.square, error)), by: 1 / Double(size))
      }
    }
    return Outcome(
      losses: losses,
      parameters: (0..<parameters.count).map { parameters.values[$0].bitPattern })
  }

  @Test("has the same bits for any number of threads")
  func threads() throws {
    let one = try train(steps: 4, threads: 1)
    #expect(one.losses.allSatisfy { $0.isFinite } && Set(one.losses).count == 4)
    for threads in [2, 3, 5, 8] {
      #expect(try train(steps: 4, threads: threads) == one, "\(threads) threads")
    }
  }

  @Test("has the same bits on every instruction set")
  func instructionSets() throws {
    let all = try InstructionSet.available.map { try train(steps: 4, threads: 2, $0) }
    #expect(all.allSatisfy { $0 == all[0] })
  }

  /// Only the order of sums differs, so the first loss agrees to the digits of a float.
  @Test("silences the same elements however the batch is cut")
  func cuts() throws {
    let losses = try [(1, 1), (3, 2), (7, 7)].map {
      try train(steps: 1, threads: 2, cut: $0).losses[0]
    }
    let other = try train(steps: 1, threads: 2, dropout: 0).losses[0]
    for loss in losses { expect(loss, equals: losses[0], within: .relative(1e-6)) }
    #expect((other - losses[0]).magnitude > 1e-3)
  }

  @Test("learns")
  func learning() throws {
    let losses = try train(steps: 60, threads: 2, dropout: 0).losses
    #expect(losses[59] < 0.3 * losses[0])
  }
}
