import Densities

/// The density's own score, as the term that a noised score is made of where there is little noise.
struct GivenScore: Sendable {
  /// Where parts of it are shortened, in units of x.
  let bound: ScoreBound
  /// What points are multiplied by to be the density's.
  let scale: Double

  /// Writes ∇ log ρ at rows of x, shortened and in units of x; zero where it is not finite.
  /// - Parameters:
  ///   - x: [rows, D].
  ///   - room: For points, [rows, D].
  ///   - values: For log-densities, [rows].
  ///   - out: [rows, D].
  func write(
    at x: UnsafePointer<Float>, rows: Int, _ density: CountedDensity,
    room: UnsafeMutablePointer<Float>, values: UnsafeMutablePointer<Float>,
    into out: UnsafeMutablePointer<Float>
  ) throws {
    let d = density.dimension
    for i in 0..<rows * d { room[i] = x[i] * Float(scale) }
    try density.score(of: Points(room, count: rows, dimension: d), logDensity: values, into: out)
    for i in 0..<rows * d { out[i] = out[i].isFinite ? out[i] * Float(scale) : 0 }
    for row in 0..<rows { bound.shorten(out + row * d, dimension: d) }
  }
}
