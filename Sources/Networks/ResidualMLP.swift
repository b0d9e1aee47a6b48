import Tensors

/// A network of state and time with residual layers, as iDEM uses for points.
///
///     h = GELU(Linear [e_25(x), e_1(t)]),  h = h + GELU(Linear h) `blocks` times,  y = Linear h
///
/// e_s is a sinusoidal embedding with `width` columns for each column of its input, scaled by s. Times
/// in [0, 1] move most of those columns little; that is as published.
/// Reference: Akhound-Sadegh et al. (2024), arXiv:2402.06121, for GMM-40
package struct ResidualMLP: Sendable {
  let state: SinusoidalEmbedding
  let time: SinusoidalEmbedding
  let first: Linear
  let blocks: [Linear]
  let last: Linear

  /// Declares `name.first`, `name.blocks.0`, …, `name.last`.
  package init(
    _ name: String, dimension: Int, width: Int = 128, blocks: Int = 3, in set: ParameterSet
  ) {
    state = SinusoidalEmbedding(count: width / 2, scale: 25)
    time = SinusoidalEmbedding(count: width / 2)
    first = Linear(
      name + ".first", inputs: (dimension + 1) * 2 * (width / 2), outputs: width, in: set)
    self.blocks = (0..<blocks).map {
      Linear("\(name).blocks.\($0)", inputs: width, outputs: width, in: set)
    }
    last = Linear(name + ".last", inputs: width, outputs: dimension, in: set)
  }

  /// - Parameters:
  ///   - x: [rows, dimension].
  ///   - times: [rows, 1], or [1, 1] for all rows, whose part is found once.
  /// - Returns: [rows, dimension].
  package func callAsFunction(_ x: Tensor, at times: Tensor, _ context: Context) -> Tensor {
    let tape = context.tape
    let (points, moments) = (state(x, context), time(times, context))
    let isShared = times.shape[0] == 1
    var h = tape.gelu(
      isShared
        ? first(points, beside: moments, context)
        : first(tape.concatenate(points, moments), context))
    for block in blocks { h = tape.add(h, tape.gelu(block(h, context))) }
    return last(h, context)
  }
}
