import Densities
import Kernels
import Storage
import TestSupport
import Testing

@Suite("The logistic regression")
struct LogisticRegressionTests {
  /// w_j = 0.3 sin j; values computed elsewhere in 64 bits from scikit-learn's copy of the data.
  @Test("has the value of its definition, with and without prior")
  func values() throws {
    let w = (0..<31).map { Float(0.3 * scalarCosPi(Double($0) / .pi - 0.5)) }
    var config = LogisticRegressionConfig()
    let density = try LogisticRegression(config)
    #expect(density.dimension == 31 && density.observations == 569)
    #expect(!(density is any NormalizedDensity))
    expect(try logDensity(density, w), equals: [-600.9073689453257], within: .absolute(1e-3))
    config.priorStandardDeviation = .infinity
    expect(
      try logDensity(LogisticRegression(config), w), equals: [-501.0331448685821],
      within: .absolute(1e-3))
  }

  /// Σ_n log σ(s_n (w₀ + w₁ z_n)) in 64 bits for a table of four rows.
  @Test("reads text and NumPy files alike")
  func files() throws {
    let folder = try ScratchFolder()
    let table: [[Double]] = [[1, 2], [2, 1], [4, 2], [5, 2]]
    let text = "height,kind\n" + table.map { "\($0[0]), \($0[1])" }.joined(separator: "\n") + "\n"
    try writeAtomically(Array(text.utf8), to: folder("a.csv"))
    try StoredArray(table.flatMap { $0 }, shape: [4, 2]).writeNPY(to: folder("a.npy"))
    let w: [Float] = [0.5, -1.5]
    let deviation = 2.5.squareRoot()
    let truth = table.reduce(0.0) { sum, row in
      let margin = (row[1] == 2 ? 1 : -1) * (0.5 - 1.5 * (row[0] - 3) / deviation)
      return sum - scalarLog(1 + scalarExp(-margin))
    }
    for name in ["a.csv", "a.npy"] {
      let density = try NamedDensity(
        "logistic-regression",
        config: [
          "data": "file", "path": .string(folder(name)), "prior_standard_deviation": "inf",
        ]
      ).density
      expect(try logDensity(density, w), equals: [truth], within: .absolute(1e-6), name)
      if let density = density as? any DifferentiableDensity { try expectScore(density) }
    }
  }

  @Test(
    "says what is wrong with a file",
    arguments: [
      ("1,2\n1,2,3\n", "line 2"), ("1,0\nx,1\n", "line 2"), ("1,0\n2,1\n3,2\n", "3 different"),
      ("", "no features"), ("0\n1\n", "no features"), ("5,0\n5,1\n", "constant"),
      ("nan,0\n5,1\n", "not finite"),
    ])
  func faults(_ text: String, _ words: String) throws {
    let folder = try ScratchFolder()
    try writeAtomically(Array(text.utf8), to: folder("bad.csv"))
    var config = LogisticRegressionConfig()
    (config.data, config.path) = (.file, folder("bad.csv"))
    let error = #expect(throws: ConfigError.self) { try LogisticRegression(config) }
    guard case .invalid(let path, let reason) = error else { return }
    #expect(path == "path" && reason.contains(words))
  }
}
