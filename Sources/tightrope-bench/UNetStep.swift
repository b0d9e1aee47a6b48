import KernelTables
import Kernels
import Networks
import Optimizers
import Tensors
import Training

/// One training step of a denoising U-Net on 16 images of 32 by 32 by 3.
///
/// The defaults of `UNetConfig`: levels of 64, 128 and 256 channels, two residual blocks each on both ways,
/// 8 groups, attention of one head at 8 by 8; mean squared error of the noise; Adam.
final class UNetStep {
  private static let (batch, size, channels) = (16, 32, 3)

  private let network: UNet
  private let trainer: BatchTrainer
  /// Images and then their noise, [batch, size, size, channels] each.
  private let data: UnsafeMutablePointer<Float>
  /// [batch, 1].
  private let times: UnsafeMutablePointer<Float>

  /// - Parameters:
  ///   - blockRows: Images of a block, which share a buffer for gradients.
  ///   - tapeRows: Images that go through a tape at once.
  init(blockRows: Int, tapeRows: Int) throws {
    let set = ParameterSet()
    network = try UNet(UNetConfig(), in: set)
    set.initialize(seed: 0)
    trainer = BatchTrainer(
      set, Optimizer(try Adam(), set) { _ in GroupSettings(learningRate: 1e-4) },
      blockRows: blockRows, tapeRows: tapeRows, seed: 0)
    data = .allocate(capacity: 2 * Self.batch * Self.pixels)
    InstructionSet.active.kernels.normals(
      key: 1, step: 0, firstRow: 0, rows: 2 * Self.batch, columns: Self.pixels, to: data)
    times = .allocate(capacity: Self.batch)
    for i in 0..<Self.batch { times[i] = Float(999 * i) / Float(Self.batch - 1) }
  }

  deinit {
    data.deallocate()
    times.deallocate()
  }

  /// Elements of an image.
  private static var pixels: Int { size * size * channels }

  /// Those of convolutions and products by their definition, forwards and twice as many backwards.
  ///
  /// Convolutions of 3 by 3 take 2.25 times fewer, so that the rate may pass the ceiling.
  var operations: Double {
    6 * Double(Self.batch) * Double(network.multiplications(height: Self.size, width: Self.size))
  }

  /// One step on the same batch as ever.
  func run() throws {
    try trainer.step(rows: Self.batch, loss: loss)
  }

  private func loss(_ context: Context, _ rows: Range<Int>) -> Tensor {
    let (tape, size) = (context.tape, Self.size)
    let shape = Shape(rows.count, size, size, Self.channels)
    let x = data + rows.lowerBound * Self.pixels
    let steps = tape.constant(at: times + rows.lowerBound, Shape(rows.count, 1))
    let error = tape.subtract(
      network(tape.constant(at: x, shape), at: steps, context),
      tape.constant(at: x + Self.batch * Self.pixels, shape))
    return tape.scale(tape.sum(tape.apply(.square, error)), by: 1 / Double(Self.pixels))
  }
}
