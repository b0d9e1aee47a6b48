import Foundation

/// The package as its files tell: the manifest read as text, the sources by their import lines.
struct Package: Sendable {
  /// A target as declared.
  struct Target: Sendable {
    let name: String
    /// The quoted names among its dependencies.
    let dependencies: [String]
    let folder: String
  }

  static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().path
  static let manifest =
    (try? String(contentsOfFile: root + "/Package.swift", encoding: .utf8)) ?? ""

  /// All targets in the order of the manifest, those of the instruction sets where `+ kernelTargets`
  /// stands.
  static let targets: [Target] = {
    let list = manifest.components(separatedBy: "let package = Package(").last ?? ""
    let kernels = instructionSets.map { target("Kernels" + $0, ["CVectors", "KernelTables"]) }
    var targets: [Target] = []
    for piece in pieces(of: list) {
      let names = quoted(piece.components(separatedBy: "dependencies:").first ?? piece)
      guard let name = names.first else { continue }
      var dependencies = quoted(piece.components(separatedBy: "dependencies:").dropFirst().joined())
      if piece.contains("+ kernelNames") { dependencies += instructionSets.map { "Kernels" + $0 } }
      if name == "Kernels" { targets += kernels }
      targets.append(target(name, dependencies))
    }
    return targets
  }()

  /// The names of the instruction sets, for example AVX2.
  static let instructionSets: [String] = {
    let names = manifest.matches(of: /(?:InstructionSet\(name: |\.x86\()"([A-Za-z0-9]+)"/)
      .map { String($0.output.1) }
    return names.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }()

  /// The Swift files of a target, by their paths.
  static func files(of target: Target) -> [String] {
    let folder = root + "/" + target.folder
    let paths = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
    return paths.filter { $0.hasSuffix(".swift") }.sorted().map { folder + "/" + $0 }
  }

  /// The modules that a file imports.
  static func imports(of file: String) throws -> [String] {
    let text = try String(contentsOfFile: file, encoding: .utf8)
    let pattern =
      /^\s*(?:@\w+(?:\(\w+\))?\s+)*(?:(?:public|package|internal|private)\s+)?import\s+(?:\w+\s+)?(\w+)/
    return text.split(separator: "\n").compactMap {
      $0.firstMatch(of: pattern).map { String($0.1) }
    }
  }

  private static func target(_ name: String, _ dependencies: [String]) -> Target {
    let isTest = name.hasSuffix("Tests") || name == "TestSupport"
    return Target(
      name: name, dependencies: dependencies, folder: (isTest ? "Tests/" : "Sources/") + name)
  }

  /// The text of each target from its name to the next target, without linker settings.
  private static func pieces(of list: String) -> [String] {
    list.replacing(/Settings: \[[^\]]*\[[^\]]*\]\)?\s*\]/, with: "")
      .replacing(/\/\/.*/, with: "")
      .split(separator: /\.(?:target|executableTarget|testTarget)\(\s*name:/)
      .dropFirst().map { String($0) }
  }

  private static func quoted(_ text: String) -> [String] {
    text.matches(of: /"([^"]*)"/).map { String($0.output.1) }
  }
}
