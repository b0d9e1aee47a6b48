import Densities
import Training

/// Sets rows of a score with a NaN or an infinity to zero and marks them, or stops at the first.
func setAsideNonFinite(
  _ score: UnsafeMutablePointer<Float>, at points: Points, _ policy: NonFinitePolicy,
  _ isDamaged: UnsafeMutablePointer<Bool>
) throws {
  let d = points.dimension
  let damaged = (0..<points.count).filter { r in
    (0..<d).contains { !score[r * d + $0].isFinite }
  }
  if policy == .stop, let first = damaged.first {
    throw NumericalError(
      "the score", count: damaged.count, total: points.count, point: points[first])
  }
  for r in damaged {
    isDamaged[r] = true
    (score + r * d).update(repeating: 0, count: d)
  }
}
