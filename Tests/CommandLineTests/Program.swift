import Foundation
import Storage
import Testing

/// The built program, run as users run it.
struct Program {
  /// What came out of one run.
  struct Outcome {
    let status: Int32
    let output: String
    let messages: String

    /// The object on standard output.
    func json() throws -> JSONValue { try JSONValue(parsing: output) }
  }

  /// Settings of a run that takes a moment.
  static let tiny = [
    "--set", "batch_size=30", "--set", "process.steps=10", "--set", "network.width=16",
    "--set", "report_every=1",
  ]

  /// A new folder, which is also the working directory.
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("tightrope-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  /// Deletes the folder.
  func cleanUp() { try? FileManager.default.removeItem(at: folder) }

  func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

  func write(_ text: String, to name: String) throws {
    try text.write(toFile: path(name), atomically: true, encoding: .utf8)
  }

  /// Runs the program to its end.
  func callAsFunction(
    _ arguments: [String], environment: [String: String] = [:]
  ) throws -> Outcome {
    let process = try Self.process(arguments, environment: environment, in: folder)
    return try finish(process) {}
  }

  /// Runs the program, stops it with a signal once a training step is on record, and waits.
  func interrupting(_ arguments: [String], out: String, by signal: Int32) throws -> Outcome {
    let process = try Self.process(arguments, environment: [:], in: folder)
    let record = path(out + "/metrics.jsonl")
    return try finish(process) {
      while process.isRunning, (try? String(contentsOfFile: record, encoding: .utf8)) ?? "" == "" {
        usleep(2000)
      }
      kill(process.processIdentifier, signal)
    }
  }

  /// Runs a line of shell in which `$TIGHTROPE` is the program.
  func shell(_ line: String) throws -> Outcome {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", line]
    process.environment = try Self.environment(["TIGHTROPE": Self.executable().path])
    process.currentDirectoryURL = folder
    return try finish(process) {}
  }

  private func finish(_ process: Process, _ meanwhile: () throws -> Void) throws -> Outcome {
    let name = UUID().uuidString
    let files = ["out", "err"].map { folder.appendingPathComponent("\(name).\($0)") }
    for file in files { _ = FileManager.default.createFile(atPath: file.path, contents: nil) }
    process.standardOutput = try FileHandle(forWritingTo: files[0])
    process.standardError = try FileHandle(forWritingTo: files[1])
    process.standardInput = FileHandle.nullDevice
    try process.run()
    try meanwhile()
    process.waitUntilExit()
    let texts = try files.map { try String(contentsOf: $0, encoding: .utf8) }
    for file in files { try FileManager.default.removeItem(at: file) }
    return Outcome(status: process.terminationStatus, output: texts[0], messages: texts[1])
  }

  private static func process(
    _ arguments: [String], environment: [String: String], in folder: URL
  ) throws -> Process {
    let process = Process()
    process.executableURL = try executable()
    process.arguments = arguments
    process.environment = Self.environment(environment)
    process.currentDirectoryURL = folder
    return process
  }

  private static func environment(_ changes: [String: String]) -> [String: String] {
    let inherited = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("TIGHTROPE_") }
    return inherited.merging(changes) { $1 }
  }

  /// The program beside the test bundle, in the folder of this build.
  private static func executable() throws -> URL {
    let running = ["/proc/self/exe", CommandLine.arguments[0]].map {
      URL(fileURLWithPath: $0).resolvingSymlinksInPath()
    }
    let arguments = CommandLine.arguments.filter { $0.hasSuffix(".xctest") }
    let places = running + arguments.map { URL(fileURLWithPath: $0) }
    for place in places {
      var folder = place.deletingLastPathComponent()
      // On some systems the bundle is a folder with the tests further down.
      while folder.path.contains(".xctest") { folder.deleteLastPathComponent() }
      let program = folder.appendingPathComponent("tightrope")
      if FileManager.default.isExecutableFile(atPath: program.path) { return program }
    }
    throw MissingProgram(places: places.map(\.path))
  }
}

/// The tests were started without the program having been built.
struct MissingProgram: Error, CustomStringConvertible {
  let places: [String]
  var description: String { "no program 'tightrope' beside \(places.joined(separator: ", "))" }
}
