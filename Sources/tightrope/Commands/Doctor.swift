import ArgumentParser
import Kernels
import Metrics
import Reports
import Storage

/// Looks at the program, the machine and what is known to go wrong.
struct Doctor: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show what was chosen on this machine, look for known problems, check the bits.",
    discussion: """
      Examples:
        tightrope doctor
        tightrope doctor --json

      The checks compute functions, products and random numbers by every instruction set of the \
      processor, and compare with the bits that they have on every machine; and train for a moment on \
      one thread and on several. The checksums may be compared with those of another machine.

      The status is 1 where something fails, 0 otherwise. Put the output into reports of problems.

      --json prints one object: 'version', 'compiler', 'platform', 'processor', 'instruction_set', \
      'available_instruction_sets', 'threads', 'processors', 'memory', 'findings', a list with 'name', \
      'verdict' (ok, warn or fail) and 'text'.
      """)

  @OptionGroup var threading: ThreadOptions

  @Flag(help: "Print one JSON object on standard output.")
  var json = false

  func run() throws {
    let pool = threading.pool()
    let machine = Machine()
    let findings =
      Surroundings(threads: pool.threads, machine: machine).findings
      + [SelfCheck.kernels(), try SelfCheck.training(threads: pool.threads)]
    if json {
      try printDocument(report(pool, machine, findings))
    } else {
      try print(pool, machine, findings)
    }
    let failed = findings.filter { $0.verdict == .fail }.map(\.name)
    guard failed.isEmpty else {
      throw ComputationError(message: "not well: " + failed.joined(separator: ", "))
    }
  }

  private func print(_ pool: ThreadPool, _ machine: Machine, _ findings: [Finding]) throws {
    let terminal = Terminal.output
    try printLine(terminal.bold("tightrope " + versionText))
    var table = Table([.left, .left])
    table.append("built", "\(compiler), \(configurationName), for \(platform)")
    table.append("processor", processorName)
    table.append(
      "instructions", "\(InstructionSet.active.rawValue), of \(sets.joined(separator: ", "))")
    table.append("threads", "\(pool.threads), on \(counted(ThreadPool.processors, "processor"))")
    table.append("memory", machine.memory.map(gigabytes) ?? "not known")
    for line in table.lines() { try printLine("  " + line) }
    try printLine()
    try printLine("Findings:")
    try printFindings(findings)
  }

  private func printFindings(_ findings: [Finding]) throws {
    let names = findings.map(\.name.count).max() ?? 0
    for finding in findings {
      let space = String(repeating: " ", count: names - finding.name.count)
      let end = String(repeating: " ", count: 4 - finding.verdict.rawValue.count)
      try printLine("  \(finding.name)\(space)  \(colored(finding.verdict))\(end)  \(finding.text)")
    }
  }

  private func report(_ pool: ThreadPool, _ machine: Machine, _ findings: [Finding]) -> JSONValue {
    var tree = environmentReport(pool).object ?? JSONObject()
    tree["compiler"] = .string(compiler)
    tree["configuration"] = .string(configurationName)
    tree["platform"] = .string(platform)
    tree["processor"] = .string(processorName)
    tree["available_instruction_sets"] = .array(sets.map { .string($0) })
    tree["processors"] = .integer(Int64(ThreadPool.processors))
    tree["memory"] = machine.memory.map { .integer(Int64($0)) } ?? .null
    tree["findings"] = .array(findings.map(\.json))
    return .object(tree)
  }

  private var sets: [String] { InstructionSet.available.map(\.rawValue) }
}

private func colored(_ verdict: Verdict) -> String {
  switch verdict {
  case .ok: Terminal.output.green(verdict.rawValue)
  case .warn: Terminal.output.yellow(verdict.rawValue)
  case .fail: Terminal.output.red(verdict.rawValue)
  }
}

#if compiler(>=6.4)
  private let compiler = "Swift 6.4 or later"
#elseif compiler(>=6.3)
  private let compiler = "Swift 6.3"
#else
  private let compiler = "Swift before 6.3"
#endif

#if DEBUG
  private let configurationName = "without optimisation"
#else
  private let configurationName = "optimised"
#endif

private let platform: String = {
  #if arch(x86_64)
    let processor = "x86-64"
  #elseif arch(arm64)
    let processor = "arm64"
  #else
    let processor = "another processor"
  #endif
  #if os(Linux)
    return "Linux on " + processor
  #elseif os(macOS)
    return "macOS on " + processor
  #else
    return processor
  #endif
}()
