import Tensors

/// Bumps over a distance, evenly spaced from 0 to a reach.
///
///     φ_k(r) = exp(-½ (r - k s)² / s²),   s = reach / (count - 1),   k = 0 … count - 1
///
/// A network sees by them where it is between two spacings, however far the largest distances are.
/// Reference: Schütt et al. (2017), *SchNet*, arXiv:1706.08566, eq. 6
package struct DistanceBasis: Sendable {
  /// Bumps.
  package let count: Int
  private let spacing: Double

  /// - Precondition: count > 1.
  package init(count: Int, reach: Double) {
    precondition(count > 1 && reach > 0, "\(count) bumps up to \(reach)")
    (self.count, spacing) = (count, reach / Double(count - 1))
  }

  /// - Parameter squares: Squared distances, [edges, 1].
  /// - Returns: [edges, count].
  func callAsFunction(_ squares: Tensor, _ tape: Tape) -> Tensor {
    let distance = tape.apply(.squareRoot, tape.affine(squares, shift: 1e-8))
    let units = tape.scale(distance, by: 1 / spacing)
    let centers = tape.constant((0..<count).map { Double($0) }, Shape(count))
    let offsets = tape.apply(.square, tape.subtract(units, centers))
    return tape.apply(.exponential, tape.scale(offsets, by: -0.5))
  }
}
