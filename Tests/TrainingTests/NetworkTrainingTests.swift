import KernelTables
import Kernels
import Networks
import Optimizers
import Tensors
import TestSupport
import Testing
import Training

/// A regression that networks learn: rows, and the loss of some of them.
struct Regression: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let rows: Int
  /// Rows of a block and of a tape.
  let cut: (block: Int, tape: Int)
  let rate: Double
  /// Declares a network and returns the summed loss of rows.
  let declare: @Sendable (ParameterSet) -> (Context, Range<Int>) -> Tensor

  static let all = [mlp, egnn]

  /// sin(2 x₀) x₁ of points in a square.
  static let mlp = Regression(
    testDescription: "MLP", rows: 200, cut: (30, 30), rate: 5e-3,
    declare: { set in
      let network = MLP("mlp", sizes: [2, 33, 33, 1], function: .gelu, in: set)
      let points = spread(400, seed: 1).map { Double($0) }
      let targets = (0..<200).map { sine(2 * points[2 * $0]) * points[2 * $0 + 1] }
      return { context, rows in
        let tape = context.tape
        let x = tape.copy(
          Array(points[2 * rows.lowerBound..<2 * rows.upperBound]), Shape(rows.count, 2))
        let y = tape.copy(Array(targets[rows]), Shape(rows.count, 1))
        return tape.squaredError(network(x, context), y)
      }
    })

  /// The pull of each of four particles towards the middle of the others.
  static let egnn = Regression(
    testDescription: "EGNN", rows: 21, cut: (6, 2), rate: 5e-3,
    declare: { set in
      let network = EGNN(
        "egnn", particles: 4, spaceDimension: 3, width: 17, layers: 2, in: set)
      let points = spread(21 * 12, seed: 1).map { Double($0) }
      return { context, rows in
        let tape = context.tape
        let range = 12 * rows.lowerBound..<12 * rows.upperBound
        let x = tape.copy(Array(points[range]), Shape(rows.count, 12))
        let particles = tape.reshape(x, Shape(rows.count, 4, 3))
        let pull = tape.subtract(tape.mean(particles, over: [1], keeping: true), particles)
        let times = tape.constant(0.5, Shape(rows.count, 1))
        return tape.squaredError(
          network(x, at: times, context), tape.reshape(pull, x.shape), .rowMeans)
      }
    })

  /// sin by the kernels that networks use.
  private static func sine(_ x: Double) -> Double {
    let tape = Tape(.float64)
    return tape.apply(.sine, tape.copy([x], Shape(1)))[0]
  }

  /// The mean loss before each step, and the parameters after the last.
  func train(
    steps: Int, threads: Int, _ instructionSet: InstructionSet = .active
  ) throws -> (losses: [Double], parameters: [UInt32]) {
    let set = ParameterSet()
    let loss = declare(set)
    set.initialize(seed: 3)
    let rate = rate
    let optimizer = Optimizer(try Adam(), set) { _ in GroupSettings(learningRate: rate) }
    let trainer = BatchTrainer(
      set, optimizer, blockRows: cut.block, tapeRows: cut.tape, seed: 3,
      pool: ThreadPool(threads: threads), instructionSet: instructionSet)
    let losses = try (0..<steps).map { _ in try trainer.step(rows: rows, loss: loss) }
    return (losses, (0..<set.count).map { set.values[$0].bitPattern })
  }
}

@Suite("A network trained on a batch cut into blocks")
struct NetworkTrainingTests {
  @Test("has the same bits for any number of threads", arguments: Regression.all)
  func threads(_ regression: Regression) throws {
    let one = try regression.train(steps: 5, threads: 1)
    #expect(one.losses.allSatisfy { $0.isFinite } && Set(one.losses).count == 5)
    for threads in [2, 3, 5, 8] {
      let other = try regression.train(steps: 5, threads: threads)
      #expect(other == one, "\(threads) threads")
    }
  }

  @Test(
    "has the same bits for any instruction set", arguments: Regression.all,
    InstructionSet.available)
  func instructionSets(_ regression: Regression, _ set: InstructionSet) throws {
    let one = try regression.train(steps: 5, threads: 2)
    #expect(try regression.train(steps: 5, threads: 3, set) == one)
  }

  @Test("learns what it is shown", arguments: zip(Regression.all, [6e-3, 2e-2]))
  func learns(_ regression: Regression, _ bound: Double) throws {
    let losses = try regression.train(steps: 600, threads: 2).losses
    #expect(
      losses[0] > 0.3 && losses[losses.count - 1] < bound, "\(losses[0]), \(losses.last ?? 0)")
  }

  @Test("has the same gradient, up to rounding, however its batch is cut")
  func cuts() throws {
    let whole = Regression.mlp
    let cut = Regression(
      testDescription: "", rows: whole.rows, cut: (50, 7), rate: whole.rate,
      declare: whole.declare)
    let (a, b) = (try whole.train(steps: 2, threads: 2), try cut.train(steps: 2, threads: 2))
    expect(a.losses, equals: b.losses, within: .relative(1e-5))
  }
}
