import Kernels
import Networks
import Optimizers
import Tensors

/// Gradient descent on a loss that is a sum over the rows of a batch.
///
/// Rows are cut into blocks of a fixed size. A block is computed by one thread on a tape of its own;
/// its gradient is added to the others' by a fixed tree. So a training run has the same bits for any
/// number of threads, and a step allocates nothing once the tapes have grown.
public final class BatchTrainer: @unchecked Sendable {
  /// What learns.
  public let parameters: ParameterSet
  /// How it learns.
  public let optimizer: Optimizer
  /// Rows of a block: part of what the result is, as it decides the order of sums.
  public let blockRows: Int
  /// Rows that go through a tape at once.
  ///
  /// A block is cut into such pieces, one after the other, so that what a tape holds stays in the
  /// cache. Part of what the result is, too.
  public let tapeRows: Int
  /// The norm beyond which the whole gradient is shortened; 0 for none.
  public var clipNorm = 0.0

  private let pool: ThreadPool
  private let tapes: [Tape]
  private let gradients: BlockGradients
  private let stream: RandomStream
  private var losses: UnsafeMutableBufferPointer<Double> = .allocate(capacity: 0)
  /// The batch at hand.
  private var batch: Batch?

  /// What the threads work on.
  private struct Batch {
    let rows: Int
    let random: RandomStream
    let loss: Loss
  }

  /// The sum of the losses of some rows of a batch, one number.
  package typealias Loss = (Context, _ rows: Range<Int>) -> Tensor

  /// - Parameters:
  ///   - blockRows: Rows of a block.
  ///   - tapeRows: Rows that go through a tape at once; nil for a whole block.
  ///   - seed: Of what layers draw while they train.
  ///   - instructionSet: Whose kernels the blocks use; all give the same bits.
  public init(
    _ parameters: ParameterSet, _ optimizer: Optimizer, blockRows: Int,
    tapeRows: Int? = nil, seed: UInt64, pool: ThreadPool = .shared,
    instructionSet: InstructionSet = .active
  ) {
    (self.parameters, self.optimizer, self.pool) = (parameters, optimizer, pool)
    self.blockRows = max(1, blockRows)
    self.tapeRows = max(1, min(blockRows, tapeRows ?? blockRows))
    tapes = (0..<pool.threads).map { _ in Tape(instructionSet: instructionSet) }
    gradients = BlockGradients(
      count: parameters.count, constants: parameters.frozenCount, pool: pool)
    stream = RandomStream(seed: seed).folding(.training)
  }

  deinit { losses.deallocate() }

  /// Moves the parameters one step against the gradient of the mean loss.
  /// - Parameters:
  ///   - rows: Rows of the batch.
  ///   - factor: Multiplies the learning rates: what a schedule says.
  ///   - loss: The sum of the losses of a block's rows, one number; called on all threads.
  /// - Returns: The mean loss before the step.
  /// - Throws: `NumericalError` where the loss or the gradient cannot be used; nothing has changed then.
  @discardableResult
  package func step(
    rows: Int, factor: Double = 1, loss: @escaping Loss
  ) throws -> Double {
    precondition(rows > 0, "a step on no rows")
    let (value, gradient) = evaluate(rows: rows, loss: loss)
    let norm = try checkedNorm(value, gradient, of: parameters, bound: clipNorm)
    optimizer.update(
      gradient: gradient, factor: factor,
      gradientFactor: clippingFactor(norm: norm, bound: clipNorm))
    return value
  }

  /// The mean loss of a batch and its gradient, [parameters], valid until the next call.
  package func evaluate(
    rows: Int, loss: @escaping Loss
  ) -> (loss: Double, gradient: UnsafeMutablePointer<Float>) {
    let blocks = (rows + blockRows - 1) / blockRows
    reserve(blocks)
    batch = Batch(
      rows: rows, random: stream.folding(UInt64(optimizer.step)), loss: loss)
    pool.run(blocks, self) {}
    batch = nil
    return (losses.prefix(blocks).reduce(0, +) / Double(rows), gradients.addUp())
  }

  private func reserve(_ blocks: Int) {
    gradients.begin(blocks: blocks)
    guard losses.count < blocks else { return }
    losses.deallocate()
    losses = .allocate(capacity: blocks)
  }
}

extension BatchTrainer: PooledWork {
  /// Sums a block's losses and writes its gradient.
  public func piece(_ block: Int, _ worker: Int) {
    guard let batch else { return }
    let binding = ParameterBinding(parameters, gradients: gradients.gradient(of: block))
    let end = min(batch.rows, (block + 1) * blockRows)
    var sum = 0.0
    for first in stride(from: block * blockRows, to: end, by: tapeRows) {
      sum += add(first..<min(end, first + tapeRows), of: batch, tapes[worker], binding)
    }
    losses[block] = sum
  }

  /// The sum of the losses of rows that go through a tape at once; adds its gradient to the block's.
  private func add(
    _ rows: Range<Int>, of batch: Batch, _ tape: Tape, _ binding: ParameterBinding
  ) -> Double {
    tape.reset()
    let context = Context(
      tape: tape, parameters: binding, isTraining: true, random: batch.random,
      firstRow: rows.lowerBound, batchRows: batch.rows)
    let total = batch.loss(context, rows)
    precondition(total.count == 1, "the loss of a block is \(total.shape), not one number")
    tape.backward(from: total, seed: tape.constant(1 / Double(batch.rows)).data)
    return total[0]
  }
}
