import ArgumentParser
import Catalogs
import Chains
import Densities
import Experiments
import Objectives
import Reports
import Storage

/// Tells all about one named thing.
struct Describe: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Tell what a density, objective or other named thing is, and its settings.",
    discussion: """
      Examples:
        tightrope describe 25gmm
        tightrope describe trajectory-balance
        tightrope describe path-network --json
      """)

  @Argument(
    help: "A name; 'tightrope list' shows them.",
    completion: .list(families.flatMap { $0.members.map(\.name) }))
  var name: String

  @Option(
    help: ArgumentHelp("Where to look, if several families have the name."),
    completion: .list(families.map(\.name)))
  var family: String?

  @Flag(help: "Print one JSON object on standard output.")
  var json = false

  func run() throws {
    let (family, member) = try findMember(name, in: family)
    let density = family.kind == densities.kind ? try NamedDensity(member.name) : nil
    if json { return try printDocument(report(family, member, density)) }
    try printLine(Terminal.output.bold(member.name) + "  (\(family.kind))")
    try printLine(member.summary)
    try print("Properties", properties(density))
    let config = density?.config ?? member.defaults
    try print(heading(family), settings(config))
    try print("References", member.references.map(\.description))
    if density != nil {
      try print("Try", ["\(program) train \(member.name) --out runs/\(member.name)"])
    } else if family.kind == chainMethods.kind {
      try print("Try", ["\(program) mcmc 25gmm --method \(member.name) --out draws.npy"])
    } else if family.kind == experimentFamily.kind {
      try print("Try", ["\(program) reproduce \(member.name) --preset smoke"])
    }
  }

  private func report(
    _ family: Family, _ member: Family.Member, _ density: NamedDensity?
  ) -> JSONValue {
    var tree = member.description.object ?? JSONObject()
    tree["family"] = .string(family.name)
    for entry in density?.description.object?.entries ?? [] {
      tree[entry.key] = entry.value
    }
    return .object(tree)
  }

  private func properties(_ density: NamedDensity?) -> [String] {
    guard let density = density?.density else { return [] }
    var table = Table([.left, .left])
    table.append("dimension", String(density.dimension))
    table.append("score", density is any DifferentiableDensity ? "yes" : "no")
    table.append("exact samples", density is any SamplableDensity ? "yes" : "no")
    let logZ = (density as? any NormalizedDensity).map { figure($0.logNormalizer) }
    table.append("log Z", logZ ?? "not known")
    if let density = density as? any MultimodalDensity {
      let all = density.factors > 1 ? " in each of \(density.factors) factors" : ""
      table.append("modes", "\(density.modeCount)\(all)")
    }
    return table.lines()
  }

  private func settings(_ config: JSONValue) -> [String] {
    config.object?.toml().split(separator: "\n").map(String.init) ?? []
  }

  private func heading(_ family: Family) -> String {
    let settings = "Settings, with their defaults; "
    return switch family.kind {
    case experimentFamily.kind: "Published numbers, and what each preset sets"
    case densities.kind: settings + "--density-set key=value"
    case chainMethods.kind: settings + "mcmc --set key=value"
    case objectives.kind: settings + "--set objective_settings.key=value"
    default: settings + "--set \(family.kind).key=value"
    }
  }

  private func print(_ heading: String, _ lines: [String]) throws {
    if lines.isEmpty { return }
    try printLine()
    try printLine(heading + ":")
    for line in lines { try printLine("  " + line) }
  }
}
