import Kernels

/// A double well on the line: the density exp(-a⁴ + q a² + l a + c).
///
/// Everything about it comes from one table over [-e, e], e² = 10 + q, outside of which there is less
/// than 10⁻⁴⁰ of the mass for the numbers used here. The trapezoidal rule on the table has no error
/// that 64-bit floats show, for the integrand is smooth and vanishes at both ends. Samples are drawn
/// from the histogram that covers the density and kept with the ratio of the two, so they are exact;
/// of the many-well's one in 400 is refused.
struct DoubleWell: Sendable {
  /// One coordinate of the many-well, exp(-a⁴ + 6a² + a/2): log Z 9.37454…, 0.15569… left of 0.
  static let shared = DoubleWell(quadratic: 6, linear: 0.5, constant: 0)

  /// log of the integral over the line.
  let logNormalizer: Double
  /// The mass left of 0.
  let leftMass: Double

  /// Logarithm of the histogram's height over each cell.
  private let heights: [Double]
  /// The histogram's mass left of and in each cell, of 1.
  private let cumulative: [Double]

  private let quadratic: Double
  private let linear: Double
  private let constant: Double
  private let edge: Double
  private let width: Double

  private static let cells = 1024

  /// f(a) = -a⁴ + q a² + l a + c.
  func logDensity(_ a: Double) -> Double { a * (linear + a * (quadratic - a * a)) + constant }

  private func node(_ index: Int) -> Double { Double(index) * width - edge }

  /// Between nodes, f is at most its chord plus width² max |f″| / 8, and |f″| <= 12 e² + 2 q.
  init(quadratic: Double, linear: Double, constant: Double) {
    let cells = Self.cells
    (self.quadratic, self.linear, self.constant) = (quadratic, linear, constant)
    let edge = (10 + quadratic).squareRoot()
    let width = 2 * edge / Double(cells)
    (self.edge, self.width) = (edge, width)
    let values = (0...cells).map { index in
      let a = Double(index) * width - edge
      return a * (linear + a * (quadratic - a * a)) + constant
    }
    let densities = values.map { scalarExp($0) }
    let total = densities.reduce(0, +)
    logNormalizer = scalarLog(total * width)
    let left = densities[..<(cells / 2)].reduce(0, +) + 0.5 * densities[cells / 2]
    leftMass = left / total
    let bulge = width * width * (12 * edge * edge + 2 * quadratic) / 8
    let heights = (0..<cells).map { max(values[$0], values[$0 + 1]) + bulge }
    var sum = 0.0
    let sums = heights.map { height in
      sum += scalarExp(height)
      return sum
    }
    cumulative = sums.map { $0 / sum }
    self.heights = heights
  }

  /// One exact sample.
  func draw(_ words: inout RandomWords) -> Double {
    while true {
      let cell = self.cell(at: words.unit())
      let a = node(cell) + width * words.unit()
      if words.unit() < scalarExp(logDensity(a) - heights[cell]) { return a }
    }
  }

  /// The cell in which the histogram's mass reaches u, by bisection.
  private func cell(at u: Double) -> Int {
    var (low, high) = (0, cumulative.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if u < cumulative[middle] { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
