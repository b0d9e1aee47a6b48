import KernelTables
import Tensors

/// A denoising network for images: a Transformer of patches that the time steers.
///
///     c = Linear(SiLU(Linear(sinusoids(t)))) + Linear(condition)
///     h = Linear(patches of x) + positions,   h ← block(h, c) for each block
///     y = patches back from Linear(LN(h) (1 + scale(c)) + shift(c))
///
/// Positions are learned and begin normal with deviation 0.02; the last layer begins at zero, and so do the
/// blocks as far as they change h.
/// Reference: Peebles and Xie (2023), *Scalable diffusion models with Transformers*, arXiv:2212.09748
package struct DiffusionTransformer: DenoisingNetwork {
  /// The sizes of images and their patches.
  package struct Grid: Sendable {
    /// Pixels of an image, and of a patch's edge; the edge divides both.
    package let height, width, channels, patch: Int

    /// Collects the sizes.
    package init(height: Int, width: Int, channels: Int, patch: Int) {
      precondition(height % patch == 0 && width % patch == 0, "patches that do not fill an image")
      (self.height, self.width, self.channels, self.patch) = (height, width, channels, patch)
    }

    /// D.
    var dimension: Int { height * width * channels }
    /// Patches of an image.
    var places: Int { (height / patch) * (width / patch) }
    /// Numbers of a patch.
    var patchColumns: Int { patch * patch * channels }
  }

  private let grid: Grid
  private let sinusoids: SinusoidalEmbedding
  private let time: (first: Linear, second: Linear)
  private let condition: Linear?
  private let positions: Parameter
  private var first: Linear
  private var blocks: [ConditionedTransformerBlock]
  private var steering: Linear
  private var last: Linear
  private let width: Int

  /// Declares all parameters.
  /// - Parameter hasVariance: Whether it says variances beside values.
  package init(
    _ grid: Grid, _ config: TransformerConfig, conditionDimension: Int = 0,
    hasVariance: Bool = false, in set: ParameterSet
  ) {
    (self.grid, width) = (grid, config.width)
    let half = config.width / 2
    sinusoids = SinusoidalEmbedding(count: half)
    time = (
      Linear("time.0", inputs: 2 * half, outputs: width, in: set),
      Linear("time.1", inputs: width, outputs: width, in: set)
    )
    condition =
      conditionDimension > 0
      ? Linear("condition", inputs: conditionDimension, outputs: width, in: set) : nil
    positions = set.add(
      "positions", Shape(grid.places, width), .normal(standardDeviation: 0.02))
    first = Linear("first", inputs: grid.patchColumns, outputs: width, in: set)
    blocks = (0..<config.layers).map {
      ConditionedTransformerBlock("blocks.\($0)", config, conditionWidth: config.width, in: set)
    }
    steering = Linear(
      "steering", inputs: width, outputs: 2 * width, start: .constant(bias: 0), in: set)
    last = Linear(
      "last", inputs: width, outputs: (hasVariance ? 2 : 1) * grid.patchColumns,
      start: .constant(bias: 0), in: set)
  }

  package var tapeRows: Int { max(1, min(64, 1024 / grid.places)) }

  package func callAsFunction(
    _ x: Tensor, at times: Tensor, conditions: Tensor?, _ context: Context
  ) -> DenoisingOutput {
    let (tape, rows) = (context.tape, x.shape[0])
    var c = time.second(time.first(sinusoids(times, context), then: .silu, context), context)
    if let condition, let conditions { c = tape.add(c, condition(conditions, context)) }
    var h = tape.add(first(patches(x, tape), context), context[positions])
    for block in blocks { h = block(h, condition: c, context) }
    let shifts = tape.reshape(
      steering(tape.apply(.silu, c), context), Shape(rows, 1, 2 * width))
    let normal = tape.layerNormalization(h, epsilon: 1e-6)
    let steered = tape.add(
      tape.multiply(normal, tape.affine(tape.slice(shifts, width..<2 * width), shift: 1)),
      tape.slice(shifts, 0..<width))
    let output = last(steered, context)
    let columns = grid.patchColumns
    guard output.shape[-1] > columns else {
      return DenoisingOutput(value: pixels(output, tape))
    }
    let parts = tape.split(output, sizes: [columns, columns])
    return DenoisingOutput(value: pixels(parts[0], tape), variance: pixels(parts[1], tape))
  }

  package func adapted(
    _ name: String, rank: Int, alpha: Double, in set: ParameterSet
  ) -> DiffusionTransformer {
    var network = self
    for index in blocks.indices {
      network.blocks[index].attention = blocks[index].attention.adapted(
        "\(name).blocks.\(index)", rank: rank, alpha: alpha, in: set)
    }
    return network
  }

  /// [rows, D] to [rows, places, numbers of a patch].
  private func patches(_ x: Tensor, _ tape: Tape) -> Tensor {
    let (rows, p) = (x.shape[0], grid.patch)
    let split = tape.reshape(
      x, Shape(rows, grid.height / p, p, grid.width / p, p, grid.channels))
    return tape.reshape(
      tape.permute(split, 0, 1, 3, 2, 4, 5), Shape(rows, grid.places, grid.patchColumns))
  }

  /// And back.
  private func pixels(_ x: Tensor, _ tape: Tape) -> Tensor {
    let (rows, p) = (x.shape[0], grid.patch)
    let split = tape.reshape(
      x, Shape(rows, grid.height / p, grid.width / p, p, p, grid.channels))
    return tape.reshape(
      tape.permute(split, 0, 1, 3, 2, 4, 5), Shape(rows, grid.dimension))
  }
}
