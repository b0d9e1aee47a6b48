import Kernels

/// One coordinate of a many-well: the density exp(-a⁴ + 6a² + a/2) on the line.
///
/// Everything about it comes from one table over [-4, 4], outside of which there is less than 10⁻⁶⁰ of
/// the mass. The trapezoidal rule on the table has no error that 64-bit floats show, for the integrand
/// is smooth and vanishes at both ends. Samples are drawn from the histogram that covers
/// the density and kept with the ratio of the two, so they are exact; one in 400 is refused.
struct DoubleWell: Sendable {
  /// The one double well that there is.
  static let shared = DoubleWell()

  /// log ∫ exp(-a⁴ + 6a² + a/2) da, 9.37454….
  let logNormalizer: Double
  /// The mass left of 0, 0.15569….
  let leftMass: Double

  /// Logarithm of the histogram's height over each cell.
  private let heights: [Double]
  /// The histogram's mass left of and in each cell, of 1.
  private let cumulative: [Double]

  private static let cells = 1024
  private static let edge = 4.0
  private static let width = 2 * edge / Double(cells)

  /// f(a) = -a⁴ + 6a² + a/2.
  static func logDensity(_ a: Double) -> Double { a * (0.5 + a * (6 - a * a)) }

  private static func node(_ index: Int) -> Double { Double(index) * width - edge }

  /// Between nodes, f is at most its chord plus width² max |f″| / 8, and |f″| <= 12 (edge² + 1).
  private init() {
    let (cells, width) = (Self.cells, Self.width)
    let values = (0...cells).map { Self.logDensity(Self.node($0)) }
    let densities = values.map { scalarExp($0) }
    let total = densities.reduce(0, +)
    logNormalizer = scalarLog(total * width)
    let left = densities[..<(cells / 2)].reduce(0, +) + 0.5 * densities[cells / 2]
    leftMass = left / total
    let bulge = width * width * 12 * (Self.edge * Self.edge + 1) / 8
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
      let a = Self.node(cell) + Self.width * words.unit()
      if words.unit() < scalarExp(Self.logDensity(a) - heights[cell]) { return a }
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
