import Densities
import Kernels
import Storage
import TestSupport
import Testing

@Suite("The mixture of forty Gaussians")
struct ScatteredMixtureTests {
  /// Means of the published mixture to the digits of its tables, and the height of an isolated one.
  @Test("has the published means")
  func means() throws {
    let density = try GaussianMixture(scattered: ScatteredMixtureConfig())
    #expect(density.modeCount == 40 && density.dimension == 2 && density.logNormalizer == 0)
    let isolated: [(k: Int, x: Float, y: Float)] = [
      (0, -0.29947, 21.45774), (2, -15.40617, 10.72629), (13, 36.21905, -37.10682),
      (32, 21.95888, -5.04869),
    ]
    let height = -scalarLog(40 * 2 * .pi * 1.3132616875182228 * 1.3132616875182228)
    for (k, x, y) in isolated {
      var point = [x, y]
      #expect(density.mode(of: &point, factor: 0) == k)
      let (value, slope) = try score(density, point)
      expect(value, equals: [height], within: .absolute(1e-5), "component \(k)")
      expect(slope, equals: [0, 0], within: .absolute(1e-5), "component \(k)")
    }
  }

  @Test("has the known entropy")
  func entropy() throws {
    let density = try GaussianMixture(scattered: ScatteredMixtureConfig())
    let values = try logDensity(density, sample(density, 50_000, seed: 8))
    expectMean(of: values.map { -$0 }, is: 6.858, within: .standardErrors(4))
  }

  @Test("scatters any number of means that the generator has words for")
  func sizes() throws {
    var config = ScatteredMixtureConfig()
    (config.components, config.dimension, config.seed) = (12, 52, 7)
    let density = try GaussianMixture(scattered: config)
    #expect(density.dimension == 52 && density.modeCount == 12)
    config.components = 13
    #expect(throws: ConfigError.self) { try GaussianMixture(scattered: config) }
  }
}
