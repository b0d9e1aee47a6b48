import Densities
import Kernels
import Storage
import TestSupport
import Testing

@Suite("The posterior of a measured mixture")
struct MeasuredMixtureTests {
  private func open(_ matrix: JSONValue, _ measurement: JSONValue) throws -> MeasuredMixture {
    let density = try NamedDensity(
      "measured-mixture",
      config: [
        "mixture": [
          "means": [[-1.5, 0.5], [1, 1], [0, -1]], "weights": [1, 2, 1], "standard_deviation": 0.6,
        ],
        "measurement": [
          "matrix": matrix, "measurement": measurement, "deviation": 0.4,
        ],
      ]
    ).density
    return try #require(density as? MeasuredMixture)
  }

  static let cases: [(matrix: JSONValue, measurement: JSONValue)] = [
    ([[1, 0]], [0.3]), ([[0.5, 0.5]], [-0.2]), ([[1, 0], [0.4, -1]], [0.1, 0.7]),
  ]

  /// Moments of prior × r on a grid.
  @Test("has the moments and the log Z of a grid", arguments: cases.indices)
  func quadrature(_ index: Int) throws {
    let density = try open(Self.cases[index].matrix, Self.cases[index].measurement)
    let prior = try GaussianMixture(
      {
        var config = GaussianMixtureConfig()
        config.means = [[-1.5, 0.5], [1, 1], [0, -1]]
        (config.weights, config.standardDeviation) = ([1, 2, 1], 0.6)
        return config
      }())
    let (h, reach) = (0.04, 5.0)
    let axis = (0...Int(2 * reach / h)).map { Float(-reach + h * Double($0)) }
    let points = axis.flatMap { x in axis.flatMap { [x, $0] } }
    let (p, r) = (try logDensity(prior, points), try logDensity(density, points))
    let own = try logDensity(density.law, points)
    var (z, mass, mean, square) = (0.0, 0.0, [0.0, 0], [0.0, 0, 0])
    for i in p.indices {
      let weight = scalarExp(p[i] + r[i]) * h * h
      let (x, y) = (Double(points[2 * i]), Double(points[2 * i + 1]))
      z += weight
      mass += scalarExp(own[i]) * h * h
      (mean[0], mean[1]) = (mean[0] + weight * x, mean[1] + weight * y)
      square[0] += weight * x * x
      square[1] += weight * x * y
      square[2] += weight * y * y
    }
    #expect((mass - 1).magnitude < 1e-4)
    #expect((scalarLog(z) - density.law.logEvidence).magnitude < 1e-4)
    let (a, b) = (mean[0] / z, mean[1] / z)
    expect(density.law.mean, equals: [a, b], within: .absolute(1e-4))
    let covariance = [square[0] / z - a * a, square[1] / z - a * b, square[2] / z - b * b]
    let law = density.law.covariance
    expect([law[0], law[1], law[3]], equals: covariance, within: .absolute(1e-4))
    expect(law[1], equals: law[2], within: .absolute(1e-12))
  }

  @Test("has exact samples", arguments: cases.indices)
  func samples(_ index: Int) throws {
    let law = try open(Self.cases[index].matrix, Self.cases[index].measurement).law
    let x = sample(law, 20_000).map { Double($0) }
    let (mean, covariance) = (law.mean, law.covariance)
    for i in 0..<2 {
      expectMean(
        of: stride(from: i, to: x.count, by: 2).map { x[$0] }, is: mean[i],
        within: .standardErrors(4.5))
      for j in 0..<2 {
        expectMean(
          of: stride(from: 0, to: x.count, by: 2).map {
            (x[$0 + i] - mean[i]) * (x[$0 + j] - mean[j])
          }, is: covariance[2 * i + j], within: .standardErrors(4.5))
      }
    }
    expectReproducibleSamples(law)
  }

  @Test("refuses a measurement of other points")
  func refusals() throws {
    for (changes, key) in [
      (["measurement": ["matrix": [[1, 0, 0]], "measurement": [1]]], "measurement"),
      (["mixture": ["means": [[1, 2], [1]]]], "mixture.means"),
      (["measurement": ["matrix": [[1, 0]], "measurement": [1], "deviation": 0]], "deviation"),
    ] as [(JSONValue, String)] {
      let error = #expect(throws: ConfigError.self) {
        try NamedDensity("measured-mixture", config: changes)
      }
      #expect(error?.description.contains(key) == true, "\(error?.description ?? "")")
    }
  }
}
