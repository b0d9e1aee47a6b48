import Catalogs
import Chains
import Densities
import Kernels
import Storage
import Testing

@Suite("The catalogue of kernels")
struct CatalogTests {
  @Test("makes every row from its defaults", arguments: markovKernels.names)
  func defaults(_ name: String) throws {
    let entry = try markovKernels.entry(name)
    #expect(entry.summary.hasSuffix(".") && !entry.references.isEmpty)
    let kernel = try entry.make(.object(JSONObject()))
    #expect(kernel.replicas >= 1 && kernel.tuning(replica: 0).stepSize > 0)
    var config = LocalSearchConfig()
    config.kernel = name
    try config.validate()
  }

  @Test(
    "refuses settings that make no sense",
    arguments: [
      ("mala", "step_size", 0.0), ("mala", "raise_factor", 0.5), ("mala", "lower_factor", 1.5),
      ("random-walk", "standard_deviation", -1), ("stretch", "stretch", 1),
      ("parallel-tempering", "temperatures", 1), ("parallel-tempering", "highest_temperature", 1),
      ("mala", "stretch", 3), ("stretch", "step_size", 0.2), ("hmc", "step_size", -1),
    ])
  func mistakes(_ kernel: String, _ key: String, _ value: Double) throws {
    let settings: JSONValue = [
      "kernel": .string(kernel),
      key: value == value.rounded() ? .integer(Int64(value)) : JSONValue(value),
    ]
    let config = try resolve(LocalSearchConfig(), overrides: settings)
    #expect(throws: ConfigError.self) { try config.validate() }
  }

  @Test("refuses searches that make no sense")
  func searches() throws {
    for settings: JSONValue in [
      ["kernel": "mal"], ["steps": 0], ["burn_in": 200], ["burn_in": -1], ["thin": 0],
      ["thin": 201],
    ] {
      let config = try resolve(LocalSearchConfig(), overrides: settings)
      #expect(throws: ConfigError.self) { try config.validate() }
    }
    let vast = try resolve(LocalSearchConfig(), overrides: ["steps": 1_000_000, "thin": 1])
    #expect(throws: ConfigError.self) {
      try LocalSearch(vast, densities.entry("9gmm").make([:]), count: 10_000)
    }
  }
}
