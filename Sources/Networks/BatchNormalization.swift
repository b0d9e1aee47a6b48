import Tensors

/// Batch normalisation: each channel over all rows, with learned gain and bias.
///
///     training:   g (x - mean) / √(variance + ε) + b,  mean and variance of the rows given
///     otherwise:  the same with running averages,  m ← m + momentum (mean - m),  v likewise
///
/// *Which rows.* A batch is computed in blocks, each on its own; the statistics are those of a block. That
/// is "ghost" batch normalisation, which the second reference finds to generalise better than statistics
/// of a large batch. With the whole batch as one block it is the textbook's.
///
/// *Running averages* are parameters of the group `.statistics`, so they are saved and loaded with all
/// others. They have no gradient; in its place a block leaves momentum (m - mean) times its share of the
/// batch's rows, the blocks' shares are added in their fixed order like gradients, and the optimiser
/// subtracts the sum as it is. So no lock is needed, and the bits do not depend on threads. The running
/// variance takes in the unbiased estimate, n / (n - 1) times the variance above, as in PyTorch.
///
/// Gain begins at 1, bias and running mean at 0, running variance at 1.
/// Reference: Ioffe and Szegedy (2015), arXiv:1502.03167, algorithms 1 and 2; Hoffer, Hubara and
/// Soudry (2017), *Train longer, generalize better*, arXiv:1705.08741, algorithm 1
package struct BatchNormalization: Layer {
  let gain: Parameter
  let bias: Parameter
  let mean: Parameter
  let variance: Parameter
  private let momentum: Double
  private let epsilon: Double

  /// Declares `name.gain`, `name.bias`, `name.running.mean` and `name.running.variance`.
  package init(
    _ name: String, channels: Int, momentum: Double = 0.1, epsilon: Double = 1e-5,
    in set: ParameterSet
  ) {
    let shape = Shape(channels)
    gain = set.add(name + ".gain", shape, .ones)
    bias = set.add(name + ".bias", shape, .zeros)
    mean = set.add(name + ".running.mean", shape, .zeros, group: .statistics)
    variance = set.add(name + ".running.variance", shape, .ones, group: .statistics)
    (self.momentum, self.epsilon) = (momentum, epsilon)
  }

  /// - Parameter x: [rows …, channels]; for images the rows are all pixels of all images.
  package func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
    context.isTraining ? normalizedByRows(x, context) : normalizedByAverages(x, context)
  }

  private func normalizedByRows(_ x: Tensor, _ context: Context) -> Tensor {
    let (tape, rows, channels) = (context.tape, x.shape.rows, x.shape.columns)
    let (y, statistics) = tape.normalizedChannels(
      tape.reshape(x, Shape(1, rows, channels)), context[gain], context[bias], channels, epsilon,
      false)
    let share = Double(x.shape[0]) / Double(max(x.shape[0], context.batchRows))
    let (now, correction) = (
      tape.reshape(statistics, Shape(channels, 2)), Double(rows) / Double(max(1, rows - 1))
    )
    let r = tape.slice(now, 1..<2)
    let square = tape.affine(tape.apply(.reciprocal, tape.apply(.square, r)), shift: -epsilon)
    move(mean, towards: tape.slice(now, 0..<1), by: share * momentum, context)
    move(variance, towards: tape.scale(square, by: correction), by: share * momentum, context)
    return tape.reshape(y, x.shape)
  }

  /// Leaves weight (average - present) where the average's gradient would go.
  private func move(
    _ average: Parameter, towards present: Tensor, by weight: Double, _ context: Context
  ) {
    let (tape, offset) = (context.tape, average.offset * context.tape.type.byteCount)
    guard let gradients = context.parameters.gradients else { return }
    let known = context.parameters.values + offset
    let count = average.shape.count
    for (x, sign) in [(known, 1.0), (UnsafeRawPointer(present.data), -1.0)] {
      tape.kernels.affine(
        x, scale: sign * weight, shift: 0, to: gradients + offset, count: count,
        accumulating: true)
    }
  }

  private func normalizedByAverages(_ x: Tensor, _ context: Context) -> Tensor {
    let tape = context.tape
    let root = tape.apply(
      .squareRoot, tape.affine(context[variance].detached, shift: epsilon))
    let scale = tape.divide(context[gain], root)
    let centred = tape.subtract(x, context[mean].detached)
    return tape.add(tape.multiply(centred, scale), context[bias])
  }
}
