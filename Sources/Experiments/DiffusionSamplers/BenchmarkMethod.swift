/// A method of the tables: an objective with what helps it.
struct BenchmarkMethod: Sendable {
  /// Where paths that are simulated backwards begin.
  enum Search: Sendable {
    /// At what Langevin chains found.
    case langevin
    /// At what parallel tempering found, which crosses barriers.
    case tempering
  }

  /// The name in names of experiments.
  let name: String
  /// What readers call it, as the tables do.
  let label: String
  /// Name of the objective.
  let objective: String
  /// Name of the process.
  var process = "pinned-brownian"
  /// Whether the drift has a multiple of the score: "LP", for Langevin parametrisation.
  var hasLangevin = false
  /// Whether state flows look forward: "FL".
  var looksForward = false
  /// Whether noise is added to the paths of training: "Expl".
  var explores = false
  /// Whether it learns from what a search found: "LS", for local search.
  var search: Search?

  /// Whether the method is our own on a density: nobody has published it there.
  func isOurs(on density: BenchmarkDensity) -> Bool {
    let isNew = ["many-well-64", "many-well-128"].contains(density.name)
    return search == .tempering || (name == "vargrad-expl-lp-ls" && isNew)
  }

  /// What it does, in words.
  var words: String {
    let subject =
      switch objective {
      case "path-kl": "path KL divergence" + (process == "pinned-brownian" ? "" : ", \(process)")
      case "log-variance": "log-variance"
      case "sub-trajectory-balance": "forward-looking sub-trajectory balance"
      default: "trajectory balance"
      }
    var helpers: [String] = explores ? ["exploration"] : []
    if hasLangevin { helpers.append("the score in the drift") }
    if search == .langevin { helpers.append("local search") }
    if search == .tempering { helpers.append("search by parallel tempering, which is ours") }
    return subject + (helpers.isEmpty ? "" : " with " + helpers.joined(separator: ", "))
  }

  /// Whether log Z is a parameter.
  var learnsLogZ: Bool { objective == "trajectory-balance" }

  /// Iterations as published: fewer with the score, which teaches faster.
  var iterations: Int { hasLangevin ? 10_000 : 25_000 }

  static let all = [
    BenchmarkMethod(name: "pis", label: "PIS", objective: "path-kl"),
    BenchmarkMethod(name: "pis-lp", label: "PIS + LP", objective: "path-kl", hasLangevin: true),
    BenchmarkMethod(name: "tb", label: "TB", objective: "trajectory-balance"),
    BenchmarkMethod(
      name: "tb-lp", label: "TB + LP", objective: "trajectory-balance", hasLangevin: true),
    BenchmarkMethod(
      name: "tb-ls", label: "TB + LS", objective: "trajectory-balance", search: .langevin),
    BenchmarkMethod(
      name: "tb-lp-ls", label: "TB + LP + LS", objective: "trajectory-balance", hasLangevin: true,
      search: .langevin),
    BenchmarkMethod(
      name: "tb-expl", label: "TB + Expl", objective: "trajectory-balance", explores: true),
    BenchmarkMethod(name: "vargrad", label: "VarGrad", objective: "log-variance"),
    BenchmarkMethod(
      name: "vargrad-expl", label: "VarGrad + Expl", objective: "log-variance", explores: true),
    BenchmarkMethod(
      name: "fl-subtb", label: "FL-SubTB", objective: "sub-trajectory-balance", looksForward: true),
    BenchmarkMethod(
      name: "fl-subtb-lp", label: "FL-SubTB + LP", objective: "sub-trajectory-balance",
      hasLangevin: true, looksForward: true),
    BenchmarkMethod(
      name: "tb-expl-ls", label: "TB + Expl + LS", objective: "trajectory-balance", explores: true,
      search: .langevin),
    BenchmarkMethod(
      name: "tb-expl-lp", label: "TB + Expl + LP", objective: "trajectory-balance",
      hasLangevin: true, explores: true),
    BenchmarkMethod(
      name: "tb-expl-lp-ls", label: "TB + Expl + LP + LS", objective: "trajectory-balance",
      hasLangevin: true, explores: true, search: .langevin),
    BenchmarkMethod(
      name: "vargrad-expl-ls", label: "VarGrad + Expl + LS", objective: "log-variance",
      explores: true, search: .langevin),
    BenchmarkMethod(
      name: "vargrad-expl-lp", label: "VarGrad + Expl + LP", objective: "log-variance",
      hasLangevin: true, explores: true),
    BenchmarkMethod(
      name: "vargrad-expl-lp-ls", label: "VarGrad + Expl + LP + LS", objective: "log-variance",
      hasLangevin: true, explores: true, search: .langevin),
    BenchmarkMethod(
      name: "dds", label: "DDS", objective: "path-kl", process: "variance-preserving",
      hasLangevin: true),
    BenchmarkMethod(
      name: "dis", label: "DIS", objective: "path-kl", process: "time-reversal", hasLangevin: true),
    BenchmarkMethod(
      name: "tb-pt", label: "TB + PT", objective: "trajectory-balance", search: .tempering),
    BenchmarkMethod(
      name: "tb-lp-pt", label: "TB + LP + PT", objective: "trajectory-balance",
      hasLangevin: true, search: .tempering),
    BenchmarkMethod(
      name: "vargrad-lp-pt", label: "VarGrad + LP + PT", objective: "log-variance",
      hasLangevin: true, search: .tempering),
  ]
}
