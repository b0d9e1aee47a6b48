import KernelTables
import Kernels
import Networks
import Optimizers
import Tensors
import Training

/// One training step of a Transformer of 6.3 million parameters.
///
/// Width 256, 8 layers of 8 heads, feed-forward 1024, pre-norm, GELU, no dropout; 16 sequences of 128 places,
/// each place seeing all; mean squared error; Adam.
final class TransformerStep {
  private static let (batch, places, width) = (16, 128, 256)

  private let network: TransformerStack
  private let trainer: BatchTrainer
  /// Inputs and then targets, [batch, places, width] each.
  private let data: UnsafeMutablePointer<Float>

  /// - Parameters:
  ///   - blockRows: Sequences whose gradients one thread adds up.
  ///   - tapeRows: Sequences that go through a tape at once.
  init(blockRows: Int, tapeRows: Int) throws {
    let set = ParameterSet()
    network = TransformerStack(
      "bench", TransformerConfig(width: Self.width, heads: 8, hidden: 1024, layers: 8), in: set)
    set.initialize(seed: 0)
    trainer = BatchTrainer(
      set, Optimizer(try Adam(), set) { _ in GroupSettings(learningRate: 1e-4) },
      blockRows: blockRows, tapeRows: tapeRows, seed: 0)
    data = .allocate(capacity: 2 * Self.count)
    InstructionSet.active.kernels.normals(
      key: 1, step: 0, firstRow: 0, rows: 2 * Self.batch * Self.places, columns: Self.width,
      to: data)
  }

  deinit { data.deallocate() }

  private static var count: Int { batch * places * width }

  /// Products of weights and inputs, and of attention, forwards and twice as many backwards.
  static var operations: Double {
    let (width, places) = (Double(width), Double(places))
    let perPlace = 8 * (2 * (4 * width * width + 2 * width * 1024) + 4 * places * width)
    return 3 * Double(batch) * places * perPlace
  }

  /// One step on the same batch as ever.
  func run() throws {
    try trainer.step(rows: Self.batch, loss: loss)
  }

  private func loss(_ context: Context, _ rows: Range<Int>) -> Tensor {
    let (tape, shape) = (context.tape, Shape(rows.count, Self.places, Self.width))
    let x = data + rows.lowerBound * Self.places * Self.width
    let error = tape.subtract(
      network(tape.constant(at: x, shape), context), tape.constant(at: x + Self.count, shape))
    return tape.scale(
      tape.sum(tape.apply(.square, error)), by: 1 / Double(Self.places * Self.width))
  }
}
