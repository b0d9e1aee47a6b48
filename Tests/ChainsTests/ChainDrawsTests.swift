import Chains
import Densities
import Kernels
import Metrics
import Storage
import Synchronization
import TestSupport
import Testing

@Suite("Draws without training")
struct ChainDrawsTests {
  /// Settings that are quick and yet enough for every method.
  static func settings(_ method: String) -> JSONValue {
    switch method {
    case "stretch": ["method": "stretch", "chains": 12, "draws": 150, "warm_up": 100]
    case "smc", "ais": ["method": .string(method), "chains": 3, "draws": 60]
    default: ["method": .string(method), "chains": 3, "draws": 60, "warm_up": 60]
    }
  }

  /// A density that counts where it is called.
  final class Counter: Sendable {
    let values = Atomic<Int>(0)
    let scores = Atomic<Int>(0)

    var density: DifferentiableFunctionDensity {
      let gaussian = SlantedGaussian().density
      return DifferentiableFunctionDensity(dimension: 5) { x, values, score in
        self.values.add(x.count, ordering: .relaxed)
        if let score {
          self.scores.add(x.count, ordering: .relaxed)
          try gaussian.logDensity(of: x, into: values, score: score)
        } else {
          try gaussian.logDensity(of: x, into: values)
        }
      }
    }
  }

  @Test("have the same bits for any number of threads", arguments: chainMethods.names)
  func threads(_ method: String) throws {
    let well = try builtIn("many-well", ["dimension": 4])
    let all = try [1, 2, 3].map {
      try drawChains(from: well, overrides: Self.settings(method), pool: ThreadPool(threads: $0))
    }
    #expect(all[0].checksum == all[1].checksum && all[0].checksum == all[2].checksum)
    #expect(all[0].figures == all[1].figures && all[0].figures == all[2].figures)
    var other = try #require(Self.settings(method).object)
    other["seed"] = 7
    let another = try drawChains(from: well, overrides: .object(other))
    #expect(another.checksum != all[0].checksum)
    #expect(all[0].x.count == all[0].chains * all[0].draws * 4)
  }

  @Test("count their evaluations", arguments: chainMethods.names)
  func counts(_ method: String) throws {
    let counter = Counter()
    let draws = try drawChains(from: counter.density, overrides: Self.settings(method))
    #expect(draws.energyCalls == counter.values.load(ordering: .relaxed))
    #expect(draws.gradientCalls == counter.scores.load(ordering: .relaxed))
    #expect((draws.gradientCalls > 0) == !["stretch", "random-walk"].contains(method))
  }

  @Test("spend what they are given and no more", arguments: chainMethods.names)
  func budgets(_ method: String) throws {
    var settings = try #require(Self.settings(method).object)
    settings["energy_calls"] = 20_000
    let draws = try drawChains(
      from: builtIn("many-well", ["dimension": 4]), overrides: .object(settings))
    #expect(draws.energyCalls <= 20_000 && draws.energyCalls > 19_000)
    (settings["energy_calls"], settings["chains"]) = (100, 60)
    #expect(throws: (any Error).self) {
      try drawChains(
        from: builtIn("many-well", ["dimension": 4]), overrides: .object(settings))
    }
  }

  @Test("have the moments of a Gaussian", arguments: chainMethods.names)
  func moments(_ method: String) throws {
    let gaussian = SlantedGaussian()
    var settings = try #require(Self.settings(method).object)
    settings["draws"] = 1500
    if method != "smc" && method != "ais" { settings["warm_up"] = 500 }
    let draws = try drawChains(from: gaussian.density, overrides: .object(settings))
    let squares = draws.x.enumerated().map { place, x in
      let z = (Double(x) - gaussian.mean(place % 5)) / gaussian.deviation(place % 5)
      return [z, z * z]
    }
    for power in 0..<2 {
      let judged = ChainDiagnostics(
        squares.map { $0[power] }, chains: draws.chains, dimension: 5)
      for j in 0..<5 {
        let distance = (judged.mean[j] - Double(power)).magnitude / judged.standardError[j]
        #expect(distance < 4.5, "\(method), \(power), \(j): \(distance)")
        // Particles that share ancestors and walkers that pull each other hide that from their own figures.
        #expect(method == "stretch" || judged.bulkSize[j] > 100, "\(judged.bulkSize[j])")
      }
    }
  }

  @Test("learn widths and need not be told them")
  func widths() throws {
    // Standard deviations from 0.01 to 100: without widths the longest needs 10,000 steps.
    let density = DifferentiableFunctionDensity(dimension: 5) { x, values, score in
      for row in 0..<x.count {
        var (sum, width): (Float, Float) = (0, 0.01)
        for j in 0..<5 {
          let z = x.data[row * 5 + j] / width
          sum -= z * z / 2
          if let score { score[row * 5 + j] = -z / width }
          width *= 10
        }
        values[row] = sum
      }
    }
    for method in ["hmc", "mala"] {
      let draws = try drawChains(
        from: density, overrides: ["method": .string(method), "draws": 2000, "warm_up": 2000])
      let judged = draws.diagnostics()
      for (j, truth) in [0.01, 0.1, 1, 10, 100].enumerated() {
        #expect((judged.standardDeviation[j] / truth - 1).magnitude < 0.15, "\(method) \(j)")
        #expect(judged.rHat[j] < 1.03)
      }
    }
  }

  @Test("by tempering mix between wells that Hamiltonian paths stay in")
  func tempering() throws {
    let well = try builtIn("many-well", ["dimension": 4])
    let weight = try #require(well as? any MultimodalDensity).modeWeights[0]
    let draws = try drawChains(
      from: well,
      overrides: ["method": "parallel-tempering", "chains": 8, "draws": 2000, "temperatures": 6])
    let left = stride(from: 0, to: draws.x.count, by: 4).map { draws.x[$0] < 0 ? 1.0 : 0 }
    let judged = ChainDiagnostics(left, chains: 8, dimension: 1)
    #expect((judged.mean[0] - weight).magnitude < 4 * judged.standardError[0])
    #expect(judged.rHat[0] < 1.05)
    // The temperatures that were learned share the swaps out.
    #expect(draws.swapAcceptance.max()! - draws.swapAcceptance.min()! < 0.25)
    let cold = try drawChains(from: well, overrides: ["method": "hmc", "chains": 8])
    let stuck = stride(from: 0, to: cold.x.count, by: 4).map { cold.x[$0] < 0 ? 1.0 : 0 }
    #expect(ChainDiagnostics(stuck, chains: 8, dimension: 1).rHat[0] > 1.2)
  }

  @Test("by particles know log Z", arguments: ["smc", "ais"])
  func normalizers(_ method: String) throws {
    for (name, settings): (String, JSONValue) in [
      ("many-well", ["dimension": 4]), ("banana", [:]), ("student-mixture", [:]),
    ] {
      let density = try builtIn(name, settings)
      let truth = try #require(density as? any NormalizedDensity).logNormalizer
      let draws = try drawChains(
        from: density,
        overrides: [
          "method": .string(method), "chains": 8, "draws": 500, "start_deviation": 8,
          "moves": name == "student-mixture" ? "random-walk" : "auto",
        ])
      let figure = try #require(draws.figures.first)
      #expect(figure.name == "log-normalizer" && figure.truth == truth)
      let half = (figure.high - figure.low) / 2
      #expect(half < 0.5 && (figure.value - truth).magnitude < 2 * half, "\(name) \(figure)")
    }
  }

  @Test("are refused where that makes no sense")
  func mistakes() throws {
    let well = try builtIn("many-well", ["dimension": 4])
    for settings: JSONValue in [
      ["method": "hcm"], ["chains": 0], ["draws": 0], ["warm_up": -1], ["thin": 0],
      ["energy_calls": -1], ["start_deviation": 0], ["method": "hmc", "sweeps": 3],
      ["method": "hmc", "leapfrog_steps": 0], ["method": "hmc", "jitter": 1], ["dras": 3],
      ["method": "smc", "thin": 2], ["method": "ais", "warm_up": 3],
      ["method": "smc", "sweeps": 0],
      ["method": "smc", "effective_share": 1], ["method": "ais", "pilot": 1],
      ["draws": 1_000_000_000],
    ] {
      #expect(throws: ConfigError.self) { try drawChains(from: well, overrides: settings) }
    }
    let values = FunctionDensity(dimension: 2) { x, values, _ in
      for row in 0..<x.count { values[row] = -x.data[2 * row].magnitude }
    }
    #expect(throws: ChainError.needsScore) {
      try drawChains(from: values, overrides: ["method": "hmc"])
    }
    #expect(throws: ChainError.tooFewChains(count: 4, needed: 8)) {
      try drawChains(from: well, overrides: ["method": "stretch"])
    }
    #expect(throws: ConfigError.self) {
      try drawChains(from: builtIn("vae-posteriors"), overrides: [:])
    }
  }

  @Test("set out from points inside, where there are any")
  func supports() throws {
    let half = FunctionDensity(dimension: 1) { x, values, _ in
      for row in 0..<x.count { values[row] = x.data[row] > 0 ? -x.data[row] : -.infinity }
    }
    let draws = try drawChains(from: half, overrides: ["draws": 2000])
    #expect(draws.x.allSatisfy { $0 > 0 })
    let judged = draws.diagnostics()
    #expect((judged.mean[0] - 1).magnitude < 4 * judged.standardError[0])
    let smc = try drawChains(from: half, overrides: ["method": "smc", "chains": 8])
    #expect(smc.x.allSatisfy { $0 > 0 })
    #expect(smc.figures[0].low - 0.1 < 0 && smc.figures[0].high + 0.1 > 0)
    let nowhere = FunctionDensity(dimension: 1) { x, values, _ in
      for row in 0..<x.count { values[row] = -.infinity }
    }
    for method in ["random-walk", "smc", "ais"] {
      #expect(throws: ChainError.self) {
        try drawChains(from: nowhere, overrides: ["method": .string(method)])
      }
    }
  }
}
