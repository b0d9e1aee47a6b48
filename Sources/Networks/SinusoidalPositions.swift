import Tensors

/// Sinusoids that say where in a sequence something stands, added to it.
///
///     e[p, 2i] = sin(p ω_i),  e[p, 2i + 1] = cos(p ω_i),  ω_i = 10000^(-2i / width)
///
/// Reference: Vaswani et al. (2017), section 3.5, arXiv:1706.03762
package struct SinusoidalPositions: Sendable {
  private let table: PositionTable

  /// - Parameters:
  ///   - width: Columns of what they are added to.
  ///   - places: The longest sequence.
  package init(width: Int, places: Int) {
    table = PositionTable(places: places, width: width) { place, column in
      let angle =
        Double(place) * positionFrequency(column / 2, width: width, base: 10_000)
      let (sine, cosine) = sineAndCosine(angle)
      return column % 2 == 0 ? sine : cosine
    }
  }

  /// The encodings of some adjacent places, [count, width].
  package func encodings(from first: Int = 0, count: Int, on tape: Tape) -> Tensor {
    table.tensor(from: first, count: count, on: tape)
  }

  /// x plus the encodings of its places.
  /// - Parameters:
  ///   - x: [batch, places, width].
  ///   - first: The place of the first.
  package func callAsFunction(_ x: Tensor, from first: Int = 0, _ context: Context) -> Tensor {
    let tape = context.tape
    return tape.add(x, encodings(from: first, count: x.shape[1], on: tape))
  }
}
