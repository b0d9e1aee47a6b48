import ArgumentParser
import Kernels
import Storage
import Tasks

/// The program `tightrope`.
@main
struct Root: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tightrope",
    abstract: "Learn to sample from an unnormalised density.",
    discussion: """
      Trains a diffusion model that draws independent samples from a density, and tells how far to \
      trust them.

      A first session:
        tightrope list densities
        tightrope train 25gmm --steps 2500 --seed 0 --out runs/25gmm
        tightrope evaluate runs/25gmm
        tightrope sample runs/25gmm -n 10000 --out draws.npy

      The same seed gives the same bits, with any number of threads on any processor.
      Results go to standard output, progress and messages to standard error.

      Environment:
        TIGHTROPE_NUM_THREADS  threads to use; one per processor by default
        TIGHTROPE_ISA          avx512, avx2 or portable; the best by default
        NO_COLOR               set to anything for output without colour
      'tightrope doctor' shows what was chosen, and looks for known problems.

      Completion of commands, options and names by the Tab key:
        tightrope --generate-completion-script bash
      prints a script that the shell reads when it starts; likewise zsh and fish.

      Exit status:
        0    done
        1    the computation failed, for example on a NaN
        2    the command, configuration or file cannot be used
        130  stopped by Ctrl-C (143: by SIGTERM, 129: by SIGHUP)
      """,
    version: "tightrope " + versionText,
    subcommands: [
      Train.self, Sample.self, Evaluate.self, Likelihood.self, Report.self, MCMC.self,
      MakeReference.self, Prepare.self, Bench.self, Reproduce.self, List.self, Describe.self,
      Cite.self, Doctor.self,
    ])

  static func main() {
    ignoreBrokenPipes()
    do {
      let arguments = Array(CommandLine.arguments.dropFirst())
      try refuseUnknownCommand(arguments)
      var command = try parseAsRoot(arguments)
      try checkEnvironment(for: command)
      let progress = PreparationProgress(isQuiet: arguments.contains("--quiet"))
      Preparation.listen(progress.receive)
      try command.run()
    } catch {
      leave(after: error)
    }
  }

  /// Says which command was meant; the parser would only speak of an unexpected argument.
  private static func refuseUnknownCommand(_ arguments: [String]) throws {
    guard let name = arguments.first, !name.hasPrefix("-") else { return }
    let names = configuration.subcommands.map { $0._commandName } + ["help"]
    if names.contains(name) { return }
    throw unknownName("there is no command '\(name)'", name, in: names, help: "tightrope --help")
  }

  /// Help works whatever the environment says, and the doctor tells of it; work does not.
  private static func checkEnvironment(for command: any ParsableCommand) throws {
    let problem = InstructionSet.selectionProblem ?? ThreadPool.selectionProblem
    if let problem, !(command is Doctor),
      configuration.subcommands.contains(where: { $0 == type(of: command) })
    {
      throw UsageError(problem)
    }
  }
}

/// An unknown name, with what it may have meant: never more than fits a line or two.
/// - Parameters:
///   - complaint: Says that there is no such thing.
///   - help: The command that shows all names.
func unknownName(
  _ complaint: String, _ name: String, in names: [String], help: String
) -> UsageError {
  let similar = similarNames(to: name, in: names)
  let shown = similar.prefix(mostSuggestions).map { "'\($0)'" }
  let rest = similar.count > shown.count ? " (\(similar.count - shown.count) more are like it)" : ""
  let question = ": did you mean " + alternatives(shown) + "?" + rest
  if !shown.isEmpty { return UsageError(complaint + question, help: help) }
  let choices =
    names.count <= mostChoices ? "; choose one of: \(names.joined(separator: ", "))" : ""
  return UsageError(complaint + choices, help: help)
}

private let mostSuggestions = 4
private let mostChoices = 16

private func alternatives(_ names: [String]) -> String {
  guard let last = names.last, names.count > 1 else { return names.first ?? "" }
  return names.dropLast().joined(separator: ", ") + " or " + last
}
