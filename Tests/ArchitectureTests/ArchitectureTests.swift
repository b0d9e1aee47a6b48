import Catalogs
import Experiments
import Foundation
import Testing

@Suite("The architecture")
struct ArchitectureTests {
  /// What no target declares: the language's own and the systems' libraries.
  let system: Set = [
    "Swift", "Glibc", "Musl", "Darwin", "Synchronization", "Testing", "Foundation",
    "PackageDescription",
  ]

  @Test("is read from the manifest")
  func manifest() {
    let names = Package.targets.map(\.name)
    #expect(names.contains("KernelsPortable") && names.contains("Samplers"))
    #expect(names.contains("ArchitectureTests") && Set(names).count == names.count)
    let folders =
      (try? FileManager.default.contentsOfDirectory(atPath: Package.root + "/Sources")) ?? []
    for folder in folders where !folder.contains(".") { #expect(names.contains(folder)) }
  }

  @Test("lets a target use only what stands above it", arguments: Package.targets)
  func layers(_ target: Package.Target) {
    let all = Package.targets.map(\.name)
    let above = all.prefix { $0 != target.name }
    for dependency in target.dependencies where all.contains(dependency) {
      #expect(above.contains(dependency), "\(target.name) depends on \(dependency)")
    }
  }

  @Test("lets a file import only what its target declares", arguments: Package.targets)
  func imports(_ target: Package.Target) throws {
    let files = Package.files(of: target)
    #expect(!files.isEmpty || target.name.hasPrefix("C"), "\(target.name) has no files")
    for file in files {
      for module in try Package.imports(of: file) where !system.contains(module) {
        #expect(target.dependencies.contains(module), "\(file) imports \(module)")
      }
    }
  }

  @Test(
    "keeps Foundation out of everything that is linked into the library", arguments: Package.targets
  )
  func foundation(_ target: Package.Target) throws {
    let mayUseIt = target.folder.hasPrefix("Tests/") || target.name.hasPrefix("tightrope")
    for file in Package.files(of: target) where !mayUseIt {
      #expect(try !Package.imports(of: file).contains { $0.hasPrefix("Foundation") }, "\(file)")
    }
  }

  @Test("has no file named for what it lacks, a subject", arguments: Package.targets)
  func names(_ target: Package.Target) {
    for file in Package.files(of: target) {
      let name = URL(filePath: file).deletingPathExtension().lastPathComponent
      let words = name.split(separator: "+").map { $0.lowercased() }
      for word in ["util", "utils", "utilities", "helper", "helpers", "common", "misc", "base"] {
        #expect(!words.contains(word), "\(file)")
      }
    }
  }

  @Test("compiles the same kernels for every instruction set", arguments: Package.instructionSets)
  func links(_ name: String) throws {
    guard name != "Portable" else { return }
    let manager = FileManager.default
    func list(_ folder: String) throws -> [String] {
      try manager.contentsOfDirectory(atPath: Package.root + "/Sources/Kernels" + folder).sorted()
    }
    #expect(try list(name) == list("Portable"))
    for file in try list(name) {
      let path = Package.root + "/Sources/Kernels\(name)/" + file
      let destination = try manager.destinationOfSymbolicLink(atPath: path)
      #expect(destination == "../KernelsPortable/" + file)
    }
  }
}

/// A row of any catalogue.
struct Row: Sendable, CustomTestStringConvertible {
  let family: String
  let member: Family.Member
  var testDescription: String { "\(family): \(member.name)" }

  static let all = families.flatMap { family in
    family.members.map { Row(family: family.name, member: $0) }
  }
}

@Suite("Every catalogue")
struct CatalogTests {
  /// A density or a metric may be common knowledge.
  let methods: Set = ["objectives", "networks", "processes", "optimizers", "experiments"]

  @Test("says what each row is, and where a method comes from", arguments: Row.all)
  func rows(_ row: Row) {
    let (name, summary) = (row.member.name, row.member.summary)
    #expect(summary.hasSuffix(".") && summary.count > 20)
    #expect(name == name.lowercased() && !name.contains(" "))
    #expect(!row.member.references.isEmpty || !methods.contains(row.family))
    for reference in row.member.references {
      #expect(
        !reference.authors.isEmpty && !reference.title.isEmpty && !reference.identifier.isEmpty)
      #expect((1900...2100).contains(reference.year))
    }
  }

  @Test("has no name twice", arguments: families.map(\.name))
  func names(_ family: String) throws {
    let names = families.first { $0.name == family }?.members.map(\.name) ?? []
    #expect(!names.isEmpty && Set(names).count == names.count)
  }
}
