import Densities
import Kernels
import Storage
import TestSupport
import Testing

@testable import Samplers

@Suite("The score under noise, from noised points")
struct NoisedScoreTests {
  /// Estimates at the same point, each with noise of its own: [rows, D].
  func estimates(
    _ density: any Density, at x: [Float], deviation: Float, samples: Int, rows: Int,
    richardson: Bool = false, mode: Double = 0, bound: Double = 0, threads: Int = 2
  ) throws -> [Float] {
    let estimator = NoisedScore(
      CountedDensity(density), samples: samples, richardson: richardson,
      modeDeviation: mode, bound: bound,
      pool: ThreadPool(threads: threads))
    let points = (0..<rows).flatMap { _ in x }
    var out = [Float](repeating: .nan, count: points.count)
    let failed = try estimator.estimate(
      at: points, deviations: [Float](repeating: deviation, count: rows), rows: rows,
      RandomStream(seed: 4), into: &out)
    #expect(failed == 0)
    return out
  }

  func gaussian(_ dimension: Int) throws -> any Density {
    try NamedDensity("gaussian", config: ["dimension": .integer(Int64(dimension))]).density
  }

  /// For N(0, 1) noised by variance h the score is -x / (1 + h).
  @Test("is that of a Gaussian, up to a bias that falls as 1 / K")
  func gaussianBias() throws {
    let (x, h): (Float, Double) = (1.5, 1)
    let truth = -Double(x) / (1 + h)
    func bias(_ samples: Int, _ richardson: Bool = false) throws -> (mean: Double, error: Double) {
      let all = try estimates(
        gaussian(1), at: [x], deviation: 1, samples: samples, rows: 40_000, richardson: richardson)
      let moments = meanAndError(all.map { Double($0) })
      return (moments.mean - truth, moments.error)
    }
    let (few, more) = (try bias(8), try bias(32))
    #expect(few.mean.magnitude > 8 * few.error)
    let ratio = few.mean / more.mean
    #expect(ratio > 3 && ratio < 6, "\(few) \(more)")
    let corrected = try bias(32, true)
    #expect(corrected.mean.magnitude < 0.4 * more.mean.magnitude)
  }

  /// The delta method: with u = log ρ(x + ε)'s weights w, K var → E[w² (∇ log ρ - S)²] / E[w]².
  @Test("has the variance that weights predict")
  func gaussianVariance() throws {
    let (x, samples) = (Float(1.5), 256)
    let all = try estimates(
      gaussian(1), at: [x], deviation: 1, samples: samples, rows: 4000
    ).map { Double($0) }
    let mean = all.reduce(0, +) / 4000
    let variance = all.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 3999
    // By quadrature over ε: y = x + ε, w = exp(-y²/2), ∇ log ρ = -y, S = -x / 2.
    var (second, first) = (0.0, 0.0)
    for i in 0..<4000 {
      let e = -8 + 0.004 * (Double(i) + 0.5)
      let (y, p) = (Double(x) + e, scalarExp(-e * e / 2))
      let w = scalarExp(-y * y / 2)
      second += p * w * w * (Double(x) / 2 - y) * (Double(x) / 2 - y)
      first += p * w
    }
    // Both sums lack the factor 0.004 / √(2π) of their mean.
    let predicted =
      second / (first * first) * (2 * Double.pi).squareRoot() / 0.004 / Double(samples)
    expect(variance, equals: predicted, within: .relative(0.15))
  }

  @Test("is exact for a Gaussian where scores and noise are mixed", arguments: [0.1, 1, 5])
  func mixed(_ deviation: Float) throws {
    let x: [Float] = [1.5, -0.25]
    let out = try estimates(
      gaussian(2), at: x, deviation: deviation, samples: 20, rows: 50, richardson: true, mode: 1)
    let h = Double(deviation * deviation)
    expect(
      out.map { Double($0) }, equals: (0..<100).map { -Double(x[$0 % 2]) / (1 + h) },
      within: .absolute(1e-5))
  }

  /// For x_0 of N(0, 1) in D dimensions and x = x_0 + √h ε, E[S · x] = -E|x|² / (1 + h) = -D.
  @Test("has no bias, however few points, with the point that was noised among them")
  func origins() throws {
    let (d, rows, h) = (6, 20_000, Float(4))
    let stream = RandomStream(seed: 9)
    let origins = stream.draw(Normal(), rows: 0..<rows, columns: d).map { Float($0) }
    let noise = stream.folding(1).draw(Normal(), rows: 0..<rows, columns: d).map { Float($0) }
    let x = zip(origins, noise).map { $0 + h.squareRoot() * $1 }
    func products(_ origins: [Float]?) throws -> [Double] {
      let estimator = NoisedScore(
        CountedDensity(try gaussian(d)), samples: 4, pool: ThreadPool(threads: 2))
      var out = [Float](repeating: .nan, count: x.count)
      let deviations = [Float](repeating: h.squareRoot(), count: rows)
      let failed = try x.withUnsafeBufferPointer { x in
        try (origins ?? []).withUnsafeBufferPointer {
          try estimator.estimate(
            at: x.baseAddress!, deviations: deviations,
            origins: origins == nil ? nil : $0.baseAddress, rows: rows, RandomStream(seed: 4),
            into: &out)
        }
      }
      #expect(failed == 0)
      let products = zip(out, x).map { Double($0 * $1) }
      return stride(from: 0, to: products.count, by: d).map { first in
        products[first..<first + d].reduce(0, +)
      }
    }
    try expectMean(of: products(origins), is: -Double(d), within: .standardErrors(4))
    let without = try meanAndError(products(nil))
    #expect((without.mean + Double(d)).magnitude > 20 * without.error)
  }

  @Test("is the same for any number of threads, and any split of K into blocks")
  func reproducible() throws {
    let density = try NamedDensity("lj13").density
    let x = spread(39, seed: 3, scale: 1.5)
    let one = try estimates(density, at: x, deviation: 0.5, samples: 100, rows: 7, threads: 1)
    #expect(
      try one == estimates(density, at: x, deviation: 0.5, samples: 100, rows: 7, threads: 2))
    #expect(one.prefix(39) != one.dropFirst(39).prefix(39))
  }

  @Test("is shortened to its bound")
  func bound() throws {
    let out = try estimates(
      gaussian(2), at: [300, 400], deviation: 0.1, samples: 16, rows: 1, bound: 10)
    let norm = (out[0] * out[0] + out[1] * out[1]).squareRoot()
    expect(Double(norm), equals: 10, within: .relative(1e-5))
    expect(Double(out[1] / out[0]), equals: 4.0 / 3, within: .absolute(0.01))
  }
}
