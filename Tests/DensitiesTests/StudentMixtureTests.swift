import Densities
import Kernels
import Storage
import TestSupport
import Testing

@Suite("The mixture of Student-t distributions")
struct StudentMixtureTests {
  func student(_ means: [[Double]], _ degrees: Double, _ width: Double) throws -> StudentMixture {
    var config = StudentMixtureConfig()
    (config.means, config.degreesOfFreedom, config.width) = (means, degrees, width)
    return try StudentMixture(config)
  }

  /// One component around the origin of ℝᴰ has mass |S| ∫ r^(D-1) ρ(r) dr, r = e^u by the trapezoidal rule.
  @Test("has mass 1", arguments: [(1, 1.0), (2, 0.5), (2, 2), (3, 3.7), (5, 40)])
  func mass(_ dimension: Int, _ degrees: Double) throws {
    let density = try student([[Double](repeating: 0, count: dimension)], degrees, 1.5)
    let pi = Double.pi
    let areas: [Double] = [2, 2 * pi, 4 * pi, 2 * pi * pi, 8 * pi * pi / 3]
    let (low, step, count) = (-40.0, 0.01, 10_000)
    let radii = (0..<count).map { scalarExp(low + step * Double($0)) }.filter { $0 < 1e17 }
    var points = [Float](repeating: 0, count: radii.count * dimension)
    for (row, r) in radii.enumerated() { points[row * dimension] = Float(r) }
    let values = try logDensity(density, points)
    let mass = zip(values, radii).reduce(0) { sum, pair in
      sum + scalarExp(pair.0 + Double(dimension) * scalarLog(pair.1)) * step
    }
    expect(areas[dimension - 1] * mass, equals: 1, within: .absolute(2e-6))
  }

  /// With ν = 1 and D = 1, Cauchy's distribution: its quartiles are at ± s, half of the mass between.
  @Test("has samples of Cauchy's distribution for one degree of freedom")
  func cauchy() throws {
    let x = sample(try student([[2]], 1, 3), 20_000, seed: 2).map { Double($0) }
    for (bound, truth) in [(-1.0, 0.25), (2, 0.5), (5, 0.75), (2 + 3 * 6.313752, 0.95)] {
      expectMean(of: x.map { $0 < bound ? 1 : 0 }, is: truth, within: .standardErrors(4))
    }
  }

  /// E|x|² = D s² ν / (ν - 2).
  @Test("has samples of the known spread")
  func spread() throws {
    let x = sample(try student([[1, 0, 0]], 7, 2), 40_000, seed: 5).map { Double($0) }
    let squares = stride(from: 0, to: x.count, by: 3).map { row -> Double in
      let first: Double = x[row] - 1
      return first * first + x[row + 1] * x[row + 1] + x[row + 2] * x[row + 2]
    }
    expectMean(of: squares, is: 3 * 4 * 7 / 5, within: .standardErrors(4))
  }

  @Test("is nearly Gaussian for many degrees of freedom")
  func gaussian() throws {
    let value = try logDensity(student([[0, 0]], 1e6, 1), [1, 1])
    expect(value, equals: [-scalarLog(2 * .pi) - 1], within: .absolute(1e-5))
  }
}
