import Tensors

/// Positions as rotations of queries and keys: their products depend on distances only.
///
/// Pair i of a head at place p turns by p base^(-2i / width).
/// Reference: Su et al. (2021), *RoFormer*, section 3.2.2, arXiv:2104.09864
package struct RotaryPositions: Sendable {
  private let cosines: PositionTable
  private let sines: PositionTable

  /// - Parameters:
  ///   - width: Columns of one head, an even number.
  ///   - places: The longest sequence.
  package init(width: Int, places: Int, base: Double = 10_000) {
    precondition(width % 2 == 0, "rotary positions turn pairs of columns")
    func angle(_ place: Int, _ pair: Int) -> Double {
      Double(place) * positionFrequency(pair, width: width, base: base)
    }
    cosines = PositionTable(places: places, width: width / 2) {
      sineAndCosine(angle($0, $1)).cosine
    }
    sines = PositionTable(places: places, width: width / 2) { sineAndCosine(angle($0, $1)).sine }
  }

  /// Turns all heads of queries or keys.
  /// - Parameters:
  ///   - x: [batch, places, heads × width].
  ///   - first: The place of the first.
  package func callAsFunction(_ x: Tensor, from first: Int = 0, on tape: Tape) -> Tensor {
    let count = x.shape[1]
    return tape.rotated(
      x, cosines: cosines.tensor(from: first, count: count, on: tape),
      sines: sines.tensor(from: first, count: count, on: tape))
  }
}
