import ArgumentParser
import Catalogs
import CTightrope
import Densities
import Kernels
import Samplers
import Storage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#endif

/// `--threads`.
struct ThreadOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Threads to use; results do not depend on it. (default: TIGHTROPE_NUM_THREADS, or one per "
        + "processor)", valueName: "count"))
  var threads: Int?

  /// Checks the number, and has the process's own pool made with it: models in densities are trained there.
  func validate() throws {
    guard let threads else { return }
    guard (1...1024).contains(threads) else {
      throw ValidationError("--threads must be from 1 to 1024, not \(threads)")
    }
    setenv("TIGHTROPE_NUM_THREADS", "\(threads)", 1)
  }

  /// The threads to work with.
  func pool() -> ThreadPool { .shared }
}

/// A built-in density with its settings.
struct DensityOptions: ParsableArguments {
  @Argument(
    help: "Name of a density; 'tightrope list densities' shows them.",
    completion: .list(densities.names))
  var density: String

  @Option(
    name: .customLong("density-set"), parsing: .singleValue,
    help: ArgumentHelp(
      "A setting of the density; see 'tightrope describe'.", valueName: "key=value"))
  var densitySettings: [String] = []

  /// Opens it.
  func open() throws -> NamedDensity {
    try naming(densitySettings.isEmpty ? nil : "--density-set") {
      try NamedDensity(density, config: JSONValue(settings: densitySettings))
    }
  }
}

/// The saved run that a command reads.
struct SavedRun: ParsableArguments {
  @Argument(
    help: ArgumentHelp("Folder that 'train --out' wrote, or the file of a saved run."),
    completion: .file())
  var run: String

  /// The folder it is in.
  var folder: String { directoryExists(run) ? run : parentDirectory(run) }

  /// Loads it; neither folder nor file is changed.
  /// - Parameter toDrawOnly: Whether a function of the user's may be absent.
  func open(_ pool: ThreadPool, toDrawOnly: Bool = false) throws -> Run {
    let folder = RunFolder(path: run)
    guard fileExists(run) else {
      throw UsageError("there is no run at '\(run)'; 'tightrope train' with --out makes one")
    }
    guard !directoryExists(run) || folder.hasCheckpoint else {
      throw UsageError("'\(run)' holds no run: there is no checkpoint in it")
    }
    return try Run.load(run, toDrawOnly: toDrawOnly, pool: pool)
  }
}

/// The version as 1.2.3.
let versionText =
  "\(TIGHTROPE_VERSION_MAJOR).\(TIGHTROPE_VERSION_MINOR).\(TIGHTROPE_VERSION_PATCH)"

/// Version, instruction set and threads, for reports.
func environmentReport(_ pool: ThreadPool) -> JSONValue {
  [
    "version": .string(versionText),
    "instruction_set": .string(InstructionSet.active.rawValue),
    "threads": .integer(Int64(pool.threads)),
  ]
}

/// The program as it was called, for commands to be typed next.
let program = CommandLine.arguments.first ?? "tightrope"

/// A word as a shell takes it.
func quoted(_ word: String) -> String {
  let isPlain = word.allSatisfy {
    $0.isASCII && ($0.isLetter || $0.isNumber) || "-_./=,:+@%".contains($0)
  }
  if isPlain && !word.isEmpty { return word }
  let parts = word.split(separator: "'", omittingEmptySubsequences: false)
  return "'" + parts.joined(separator: "'\\''") + "'"
}

/// Says on a terminal that something is being done, while it is done.
func announcing<Result>(
  _ activity: String, unless isQuiet: Bool = false, _ body: () throws -> Result
) rethrows -> Result {
  guard Terminal.messages.isInteractive, !isQuiet else { return try body() }
  show(activity + " ...")
  defer { show("\r\u{1B}[K") }
  return try body()
}
