import Densities
import Samplers
import Storage
import Testing

@Suite("Density evaluations")
struct EnergyCallTests {
  static let settings: [JSONValue] = [
    [:],
    ["network": ["langevin": "off"]],
    [
      "network": ["langevin": "off"], "objective": "detailed-balance",
      "flow": ["forward_looking": true],
    ],
    ["objective": "sub-trajectory-balance", "flow": ["forward_looking": true]],
    ["objective": "path-kl"],
    ["off_policy": ["source": "visited", "every": 3]],
    ["off_policy": ["source": "samples"]],
    ["objective": "maximum-likelihood", "off_policy": ["source": "samples", "every": 1]],
    ["off_policy": ["source": "local-search", "search_every": 4]],
    [
      "network": ["langevin": "off"],
      "off_policy": [
        "source": "local-search", "search_every": 5,
        "local_search": ["kernel": "parallel-tempering", "temperatures": 3],
      ],
    ],
    [
      "off_policy": [
        "source": "local-search", "local_search": ["kernel": "stretch"],
      ]
    ],
  ]

  @Test("are known before training", arguments: settings)
  func known(_ changes: JSONValue) throws {
    let base: JSONValue = ["steps": 11, "batch_size": 30, "process": ["steps": 7]]
    let run = try Run(NamedDensity("25gmm"), overrides: base.replacing(changes))
    try run.train()
    let usesScore = run.config.network.langevin != .off
    #expect(try run.config.energyCalls(of: 11, usesScore: usesScore) == run.energyCalls)
    let most = try run.config.steps(within: run.energyCalls, usesScore: usesScore)
    #expect(most >= 11)
    #expect(try run.config.energyCalls(of: most, usesScore: usesScore) == run.energyCalls)
  }
}
