import Densities

/// A normal in the plane, bent along a parabola: log ρ(u, v) = -u² / 8 - 2 (v - u² / 4)².
///
/// Values are all that a density needs. What else it can do is said by further protocols: this one knows
/// its score, and log Z, so that figures have a truth to stand beside.
struct Parabola: DifferentiableDensity, NormalizedDensity {
  let dimension = 2

  /// log (2π · 2 · ½): bending changes no area.
  let logNormalizer = 1.8378770664093453

  func logDensity(of x: Points, into out: UnsafeMutablePointer<Float>) {
    for row in 0..<x.count {
      let (u, height) = place(x, row)
      out[row] = -u * u / 8 - 2 * height * height
    }
  }

  func logDensity(
    of x: Points, into out: UnsafeMutablePointer<Float>, score: UnsafeMutablePointer<Float>
  ) {
    logDensity(of: x, into: out)
    for row in 0..<x.count {
      let (u, height) = place(x, row)
      score[2 * row] = -u / 4 + 2 * u * height
      score[2 * row + 1] = -4 * height
    }
  }

  /// The first coordinate, and how far the second is above the parabola.
  private func place(_ x: Points, _ row: Int) -> (u: Float, height: Float) {
    let (u, v) = (x.data[2 * row], x.data[2 * row + 1])
    return (u, v - u * u / 4)
  }
}
