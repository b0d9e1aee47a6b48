import ArgumentParser
import Catalogs
import Experiments
import Storage

/// Prints sources.
struct Cite: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print the papers that something comes from.",
    discussion: """
      Examples:
        tightrope cite trajectory-balance
        tightrope cite 25gmm path-network
      """)

  @Argument(help: "Names; 'tightrope list' shows them.")
  var names: [String]

  @Flag(help: "Print one JSON object on standard output.")
  var json = false

  func run() throws {
    let members = try names.map { try findMember($0, in: nil).1 }
    var references: [Reference] = []
    for reference in members.flatMap(\.references) where !references.contains(reference) {
      references.append(reference)
    }
    if json {
      let list = try references.map { try ConfigEncoder().encode($0) }
      return try printDocument(["references": .array(list)])
    }
    for reference in references { try printLine(reference.description) }
    if references.isEmpty { tell("no paper is known for \(names.joined(separator: ", "))") }
  }
}
