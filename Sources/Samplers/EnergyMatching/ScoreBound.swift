/// The norm beyond which parts of a score are shortened.
struct ScoreBound: Sendable {
  /// The norm; 0 for none.
  let norm: Double
  /// Adjacent coordinates with a norm of their own.
  let group: Int

  /// Shortens the groups of a score, [D], that are longer.
  ///
  /// Parts that overflow, as where two particles are in one place, say nothing of where to go: they become 0.
  func shorten(_ score: UnsafeMutablePointer<Float>, dimension: Int) {
    guard norm > 0 else { return }
    for first in stride(from: 0, to: dimension, by: group) {
      let part = score + first
      var square: Float = 0
      for j in 0..<group { square += part[j] * part[j] }
      let length = square.squareRoot()
      guard length > Float(norm) else { continue }
      for j in 0..<group { part[j] *= Float(norm) / length }
    }
  }
}
