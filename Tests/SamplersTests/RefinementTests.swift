import Chains
import Densities
import Metrics
import Samplers
import Storage
import TestSupport
import Testing

/// A network before its training has no drift, so draws are those of the process, N(0, 3 I), whose weights
/// are bounded: everything that is right afterwards is the refinement's doing.
@Suite("Draws made exact")
struct RefinementTests {
  static let mixture: JSONValue = [
    "means": [[-1.5, 0], [1.5, 0]], "weights": [0.3, 0.7], "standard_deviation": 0.7,
  ]

  func untrained(
    _ name: String = "gaussian-mixture", _ settings: JSONValue = mixture, threads: Int = 2,
    kind: String = "pinned-brownian"
  ) throws -> Run {
    try smallRun(
      NamedDensity(name, config: settings),
      [
        "process": ["steps": 20, "variance": 3, "kind": .string(kind)],
        "network": ["width": 8, "langevin": "off"],
      ], threads: threads)
  }

  func config(_ method: RefinementMethod) -> RefinementConfig {
    var config = RefinementConfig()
    (config.method, config.chains, config.moves) = (method, 4, 200)
    return config
  }

  /// How far the mean of x₀, of x₀² and of x₁² are from their truths, in standard errors.
  func distances(_ x: [Float], chains: Int) -> [Double] {
    let truths = [0.6, 2.74, 0.49]
    let values = stride(from: 0, to: x.count, by: 2).flatMap { (i: Int) -> [Double] in
      [Double(x[i]), Double(x[i] * x[i]), Double(x[i + 1] * x[i + 1])]
    }
    let judged = ChainDiagnostics(values, chains: chains, dimension: 3)
    return (0..<3).map { (judged.mean[$0] - truths[$0]).magnitude / judged.standardError[$0] }
  }

  @Test("have the density's moments", arguments: RefinementMethod.allCases)
  func moments(_ method: RefinementMethod) throws {
    let run = try untrained()
    let draws = try run.refine(8000, seed: 1, config(method))
    // Copies of a particle are not independent, which errors of one chain do not know.
    #expect(distances(draws.x, chains: draws.chains).max()! < 6, "\(method)")
    #expect(draws.draws * draws.chains == 8000 && draws.energyCalls >= 8000)
    let raw = try run.sample(8000, seed: 1)
    #expect(distances(raw.x, chains: 1).max()! > 20)
  }

  @Test("know log Z by the way", arguments: ["pinned-brownian", "variance-preserving"])
  func normalizers(_ kind: String) throws {
    let draws = try untrained(kind: kind).refine(16_000, seed: 2, config(.smc))
    let figure = try #require(draws.figures.first)
    #expect(figure.name == "log-normalizer" && figure.truth == 0)
    #expect(figure.low - 0.02 < 0 && figure.high + 0.02 > 0 && figure.high - figure.low < 0.3)
    let wells = try untrained("many-well", ["dimension": 2], kind: kind)
    let weighted = try wells.refine(4000, seed: 3)
    #expect((weighted.figures[0].value - 10.2934798).magnitude < 0.15)
  }

  @Test("have the same bits for any number of threads", arguments: RefinementMethod.allCases)
  func threads(_ method: RefinementMethod) throws {
    let all = try [1, 2, 3].map {
      try untrained(threads: $0).refine(2000, seed: 4, config(method)).checksum
    }
    #expect(all[0] == all[1] && all[0] == all[2])
    #expect(try untrained().refine(2000, seed: 5, config(method)).checksum != all[0])
  }

  @Test(
    "are refused where weights have too heavy a tail",
    arguments: [RefinementMethod.importance, .independence, .smc])
  func refusals(_ method: RefinementMethod) throws {
    let run = try untrained("gaussian", ["dimension": 8, "mean": 4, "standard_deviation": 1.5])
    #expect(throws: RefinementError.self) { try run.refine(800, seed: 1, config(method)) }
    do {
      _ = try run.refine(800, seed: 1, config(method))
    } catch let error as RefinementError {
      #expect(error.shape >= 0.7 && error.description.contains("Pareto k"))
    }
  }

  @Test("count every evaluation of the chains that move them on", arguments: ["mala", "hmc"])
  func calls(_ kernel: String) throws {
    var config = config(.chains)
    (config.kernel, config.moves) = (kernel, 7)
    let draws = try untrained().refine(100, seed: 1, config)
    let plain = try untrained().sample(100, seed: 1)
    #expect(draws.gradientCalls == draws.energyCalls - plain.energyCalls)
    // The starts, and seven steps of one evaluation or of about eight.
    let each = (draws.energyCalls - plain.energyCalls) / 100
    #expect(kernel == "mala" ? each == 8 : (8...90).contains(each))
  }

  @Test("cannot be had for nonsense")
  func mistakes() throws {
    let run = try untrained()
    #expect(throws: ConfigError.self) { try run.refine(3, seed: 1) }
    for change: JSONValue in [
      ["chains": 0], ["proposals": 0], ["steps": -1], ["effective_share": 0], ["moves": 0],
    ] {
      let config = try resolve(RefinementConfig(), overrides: change)
      #expect(throws: ConfigError.self) { try run.refine(100, seed: 1, config) }
    }
    #expect(throws: ConfigError.self) {
      try resolve(RefinementConfig(), overrides: ["method": "wish"])
    }
    var unknown = config(.chains)
    unknown.kernel = "wish"
    #expect(throws: (any Error).self) { try run.refine(100, seed: 1, unknown) }
  }
}
