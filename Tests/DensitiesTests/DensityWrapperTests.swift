import Densities
import Kernels
import Storage
import TestSupport
import Testing

@Suite("A density made of another")
struct DensityWrapperTests {
  func open(_ name: String, _ config: JSONValue) throws -> any Density {
    try NamedDensity(name, config: config).density
  }

  /// What a density can do.
  func abilities(_ density: any Density) -> [Bool] {
    [
      density is any DifferentiableDensity, density is any NormalizedDensity,
      density is any SamplableDensity, density is any MultimodalDensity,
    ]
  }

  /// Gaussian mixtures and many-wells can do all four, funnels have no modes, regressions only scores.
  static let wrapped: [(name: String, config: JSONValue)] = [
    ("affine", ["base": "9gmm", "shift": [1, -2], "scale": [0.5, -3]]),
    ("affine", ["base": "9gmm", "shift": [4], "matrix": [[1, 2], [-0.5, 0.25]]]),
    ("affine", ["base": "double-wells", "base_settings": ["dimension": 3], "scale": [2]]),
    ("whitened", ["base": "9gmm", "mean": [1, 0], "covariance": [[16, 3], [3, 9]]]),
    ("whitened", ["base": "banana", "covariance": [[100, 0], [0, 19]]]),
    ("positive", ["base": "easy-funnel", "base_settings": ["dimension": 3], "coordinates": [1]]),
    ("tempered", ["base": "easy-funnel", "base_settings": ["dimension": 3]]),
    ("tempered", ["base": "25gmm", "inverse_temperature": 0.1]),
    (
      "affine",
      [
        "base": "tempered", "scale": [2],
        "base_settings": ["base": "funnel", "base_settings": ["dimension": 2]],
      ]
    ),
  ]

  @Test("obeys all laws", arguments: wrapped.indices)
  func laws(_ index: Int) throws {
    let density = try open(Self.wrapped[index].name, Self.wrapped[index].config)
    try expectFinite(density)
    try expectRowByRow(density)
    if let density = density as? any DifferentiableDensity { try expectScore(density) }
    if let density = density as? any DifferentiableDensity & SamplableDensity {
      try expectSteinIdentity(density)
      expectReproducibleSamples(density)
    }
    if let density = density as? any NormalizedDensity & SamplableDensity {
      try expectLogNormalizer(density)
    }
    if let density = density as? any MultimodalDensity & SamplableDensity { expectModes(density) }
  }

  @Test("can do what its base can, as far as that is true")
  func carriedAbilities() throws {
    #expect(try abilities(open("affine", ["base": "25gmm"])) == [true, true, true, true])
    #expect(try abilities(open("affine", ["base": "funnel"])) == [true, true, true, false])
    #expect(
      try abilities(open("whitened", ["base": "logistic-regression"]))
        == [true, false, false, false])
    #expect(try abilities(open("positive", ["base": "25gmm"])) == [true, false, false, false])
    #expect(try abilities(open("tempered", ["base": "25gmm"])) == [true, false, false, false])
    #expect(try abilities(open("tempered", ["base": "funnel"])) == [true, true, false, false])
    #expect(
      try abilities(open("tempered", ["base": "25gmm", "inverse_temperature": 1]))
        == [true, true, true, true])
    let values = FunctionDensity(dimension: 2) { x, out, _ in
      for row in 0..<x.count { out[row] = -x[row][0] }
    }
    #expect(try abilities(AffineWrapper().wrap(values)) == [false, false, false, false])
  }

  @Test("has the base's values at the base's points, less log |det A|")
  func affineValues() throws {
    let base = try open("25gmm", [:])
    let density = try open(
      "affine", ["base": "25gmm", "shift": [1, 2], "matrix": [[2, 1], [1, 3]]])
    let x: [Float] = [0.5, -1, 5, 10]
    let y: [Float] = [1 + 2 * 0.5 - 1, 2 + 0.5 - 3, 1 + 2 * 5 + 10, 2 + 5 + 3 * 10]
    let expected = try logDensity(base, x).map { $0 - scalarLog(5) }
    expect(try logDensity(density, y), equals: expected, within: .scaled(1e-5))
  }

  /// Samples of the base under the map have mean 0 and covariance 1.
  @Test("is whitened by its own moments, given or from a file of samples")
  func whitening() throws {
    let folder = try ScratchFolder()
    let base: JSONValue = [
      "base": "gaussian-mixture",
      "base_settings": ["means": [[1, 2], [5, 4]], "standard_deviation": 0.5],
    ]
    let inner = try open("gaussian-mixture", base["base_settings"] ?? [:])
    let draws = sample(try #require(inner as? any SamplableDensity), 20_000, seed: 9)
    try StoredArray(draws, shape: [20_000, 2]).writeNPY(to: folder("x.npy"))
    for more: [(String, JSONValue)] in [
      [("mean", [3, 3]), ("covariance", [[4.25, 2], [2, 1.25]])],
      [("samples", .string(folder("x.npy")))],
    ] {
      var config = try #require(base.object)
      for (key, value) in more { config[key] = value }
      let density = try #require(
        open("whitened", .object(config)) as? any SamplableDensity)
      let y = sample(density, 20_000, seed: 4).map { Double($0) }
      let rows = stride(from: 0, to: y.count, by: 2)
      // Moments from 20,000 samples are off by as much as those that are tested.
      for axis in 0...1 {
        expectMean(of: rows.map { y[$0 + axis] }, is: 0, within: .standardErrors(6))
        expectMean(of: rows.map { y[$0 + axis] * y[$0 + axis] }, is: 1, within: .standardErrors(6))
      }
      expectMean(of: rows.map { y[$0] * y[$0 + 1] }, is: 0, within: .standardErrors(6))
    }
  }

  /// The gamma density x^(a-1) e^(-x) in y = log x: ∫ exp(a y - e^y) dy = Γ(a) = 2 for a = 3.
  @Test("has all the mass of a density of positive numbers in their logarithms")
  func logarithms() throws {
    let gamma = DifferentiableFunctionDensity(dimension: 1) { x, out, score in
      for row in 0..<x.count {
        let value = Double(x.data[row])
        out[row] = value > 0 ? Float(2 * scalarLog(value) - value) : -.infinity
        score?[row] = Float(2 / value - 1)
      }
    }
    let density = try PositiveWrapper().wrap(gamma)
    let axis = (0..<4000).map { Float(-20 + 0.01 * Double($0)) }
    let mass = try logDensity(density, axis).reduce(0) { $0 + scalarExp($1) * 0.01 }
    expect(mass, equals: 2, within: .absolute(1e-6))
    let slope = try score(#require(density as? any DifferentiableDensity), [0, 1]).score
    expect(slope, equals: [2, 3 - scalarExp(1)], within: .absolute(1e-5))
    #expect(try logDensity(density, [100]) == [-.infinity])
  }

  /// ∫ρ^β by the midpoint rule, the funnel's second coordinate in units of its width.
  @Test("has the log Z of its power where that is known", arguments: [0.3, 0.5, 2])
  func powers(_ beta: Double) throws {
    for (name, width) in [
      ("gaussian", { (_: Double) in 1.0 }), ("easy-funnel", { scalarExp(0.5 * $0) }),
    ] {
      let density = try open(
        "tempered",
        [
          "base": .string(name), "base_settings": ["dimension": 2],
          "inverse_temperature": .number(beta),
        ])
      let axis = (-400..<400).map { 0.05 * (Double($0) + 0.5) }
      let points = axis.flatMap { u in axis.map { v in (u, width(u) * v, width(u)) } }
      let values = try logDensity(density, points.flatMap { [Float($0.0), Float($0.1)] })
      let mass = zip(values, points).reduce(0) { $0 + scalarExp($1.0) * $1.1.2 * 0.0025 }
      let truth = try #require(density as? any NormalizedDensity).logNormalizer
      expect(truth, equals: scalarLog(mass), within: .absolute(1e-4), name)
    }
  }

  @Test("is whitened by a mean alone in a million dimensions")
  func wide() throws {
    let density = try open("whitened", ["base_settings": ["dimension": 1_000_000], "mean": [2]])
    #expect(density.dimension == 1_000_000)
    let x = [Float](repeating: -2, count: 1_000_000)
    let constant = -0.5 * scalarLog(2 * .pi) * 1_000_000
    expect(try logDensity(density, x), equals: [constant], within: .relative(1e-5))
  }

  @Test("remembers all settings of its base")
  func resolvedConfig() throws {
    let named = try NamedDensity(
      "affine",
      config: ["base": "tempered", "base_settings": ["base": "funnel"], "scale": [2]])
    let inner = try #require(named.config["base_settings"])
    #expect(inner["inverse_temperature"] == .number(0.5))
    #expect(inner["base_settings"]?["dimension"] == .integer(10))
    let again = try NamedDensity("affine", config: named.config)
    #expect(again.config == named.config)
  }
}
