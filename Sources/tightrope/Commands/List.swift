import ArgumentParser
import Catalogs
import Experiments
import Storage

/// Lists what has a name.
struct List: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List densities, objectives and everything else that has a name.",
    discussion: """
      Examples:
        tightrope list
        tightrope list densities
        tightrope list objectives --json
      """)

  @Argument(
    help: "A family; without one, all families are shown.",
    completion: .list(families.map(\.name)))
  var family: String?

  @Flag(help: "Print one JSON object on standard output.")
  var json = false

  func run() throws {
    if let family {
      try Self.print(findFamily(family), json: json)
    } else if json {
      try printDocument(["families": .array(families.map(Self.listing))])
    } else {
      try listFamilies()
    }
  }

  private func listFamilies() throws {
    var table = Table([.left, .right, .left])
    for family in families {
      let names = family.members.map(\.name).joined(separator: ", ")
      table.append(family.name, String(family.members.count), names)
    }
    for line in table.lines(fitting: Terminal.output.width) { try printLine(line) }
  }

  /// Prints the members of a family.
  static func print(_ family: Family, json: Bool) throws {
    if json { return try printDocument(listing(family)) }
    var table = Table([.left, .left])
    for member in family.members { table.append(member.name, member.summary) }
    for line in table.lines(fitting: Terminal.output.width) { try printLine(line) }
  }

  private static func listing(_ family: Family) -> JSONValue {
    let members = family.members.map { member -> JSONValue in
      ["name": .string(member.name), "summary": .string(member.summary)]
    }
    return ["name": .string(family.name), "members": .array(members)]
  }
}

/// The family of a name, in the plural or the singular.
func findFamily(_ name: String) throws -> Family {
  if let family = families.first(where: { $0.name == name || $0.kind == name }) { return family }
  let names = families.map(\.name)
  throw unknownName("there is no family '\(name)'", name, in: names, help: "tightrope list")
}

/// The one thing of a name, in a family or in any.
func findMember(_ name: String, in family: String?) throws -> (family: Family, Family.Member) {
  let searched = try family.map { [try findFamily($0)] } ?? families
  let found = searched.flatMap { family in
    family.members.filter { $0.name == name }.map { (family: family, $0) }
  }
  if found.count == 1 { return found[0] }
  guard found.isEmpty else {
    let names = found.map(\.family.name).joined(separator: ", ")
    throw UsageError("'\(name)' is in several families; choose one with --family: \(names)")
  }
  let names = searched.flatMap { $0.members.map(\.name) }
  throw unknownName("there is nothing called '\(name)'", name, in: names, help: "tightrope list")
}
