import Densities
import Kernels
import Numerics
import TestSupport
import Testing

@Suite("The log-Gaussian Cox process")
struct LogGaussianCoxTests {
  func process(_ grid: Int, whitened: Bool = false) throws -> LogGaussianCox {
    var config = LogGaussianCoxConfig()
    (config.grid, config.whitened) = (grid, whitened)
    return try LogGaussianCox(config)
  }

  /// f_i = 3 + sin i and v_i = ½ cos i.
  func waves(_ count: Int, whitened: Bool) -> [Float] {
    (0..<count).map { i in
      whitened
        ? Float(0.5 * scalarCosPi(Double(i) / .pi))
        : Float(3 + scalarCosPi(Double(i) / .pi - 0.5))
    }
  }

  /// Values computed elsewhere in 64 bits, by solving with K and by its Cholesky factor.
  @Test(
    "has the values of its definition",
    arguments: [
      (2, 395.71237279795434, 423.37142887936403), (5, 287.6010017287203, 407.7417400587696),
      (10, 199.95883418617686, 337.95492837023846), (40, -1790.3616290439224, -1130.4886802332585),
    ])
  func values(_ grid: Int, _ plain: Double, _ whitened: Double) throws {
    for (isWhitened, truth) in [(false, plain), (true, whitened)] {
      let x = waves(grid * grid, whitened: isWhitened)
      let value = try logDensity(process(grid, whitened: isWhitened), x)
      expect(value, equals: [truth], within: .absolute(2e-3), "whitened: \(isWhitened)")
    }
  }

  @Test("counts all 126 saplings on every grid", arguments: [1, 2, 4, 5, 8, 10, 20, 40])
  func counts(_ grid: Int) throws {
    let density = try process(grid)
    #expect(density.counts.reduce(0, +) == 126 && density.counts.count == density.dimension)
    #expect(!(density is any NormalizedDensity) && !(density is any SamplableDensity))
  }

  /// ∇ log ρ in 64 bits: n - a exp f - K⁻¹ (f - µ), the last by solving.
  @Test("has a score with 32-bit errors only", arguments: [10, 40])
  func score(_ grid: Int) throws {
    let (d, x) = (grid * grid, spread(grid * grid, seed: 3, scale: 2, offset: 3))
    let density = try process(grid)
    let covariance = (0..<d * d).map { index in
      let (a, b) = (index / d, index % d)
      let (i, j) = (Double(a / grid - b / grid), Double(a % grid - b % grid))
      return 1.91 * scalarExp(-33 * (i * i + j * j).squareRoot() / Double(grid))
    }
    let mean = scalarLog(126) - 0.5 * 1.91
    let pull = try Cholesky(covariance, count: d).solve(x.map { Double($0) - mean })
    let truth = (0..<d).map { i in
      Double(density.counts[i]) - scalarExp(Double(x[i])) / Double(d) - pull[i]
    }
    let found = try DensitiesTests.score(density, x).score
    expect(found, equals: truth, within: .scaled(1e-5))
  }

  /// Both have the same log Z, so at f = µ + L v log ρ(f) + log det L = log ρ(v); scores obey the chain rule.
  @Test("is whitened by the factor of its covariance")
  func whitening() throws {
    let (plain, whitened) = (try process(2), try process(2, whitened: true))
    let v: [Float] = [0.5, -1, 2, 0.25]
    let covariance = (0..<16).map { index in
      let (a, b) = (index / 4, index % 4)
      let (i, j) = (Double(a / 2 - b / 2), Double(a % 2 - b % 2))
      return 1.91 * scalarExp(-16.5 * (i * i + j * j).squareRoot())
    }
    let factor = try Cholesky(covariance, count: 4)
    let mean = scalarLog(126) - 0.5 * 1.91
    let f = factor.multiplyLower(v.map { Double($0) }).map { Float(mean + $0) }
    let (a, slopeA) = try DensitiesTests.score(plain, f)
    let (b, slopeB) = try DensitiesTests.score(whitened, v)
    expect(a[0] + 0.5 * factor.logDeterminant, equals: b[0], within: .absolute(1e-3))
    let lower = factor.lower
    let chained = (0..<4).map { k in
      (0..<4).reduce(0) { $0 + lower[$1 * 4 + k] * slopeA[$1] }
    }
    expect(slopeB, equals: chained, within: .scaled(1e-5))
  }

  @Test("obeys the laws when whitened")
  func laws() throws {
    let density = try process(10, whitened: true)
    try expectFinite(density)
    try expectRowByRow(density)
    try expectScore(density)
  }
}
