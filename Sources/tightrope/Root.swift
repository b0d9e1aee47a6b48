import ArgumentParser
import CTightrope
import Kernels
import Storage

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

      Exit status:
        0    done
        1    the computation failed, for example on a NaN
        2    the command, configuration or file cannot be used
        130  stopped by Ctrl-C (143: by SIGTERM, 129: by SIGHUP)
      """,
    version:
      "tightrope \(TIGHTROPE_VERSION_MAJOR).\(TIGHTROPE_VERSION_MINOR).\(TIGHTROPE_VERSION_PATCH)",
    subcommands: [
      Train.self, Sample.self, Evaluate.self, Likelihood.self, Report.self, MCMC.self,
      MakeReference.self, Bench.self, Reproduce.self, List.self, Describe.self, Cite.self,
    ])

  static func main() {
    ignoreBrokenPipes()
    do {
      let arguments = Array(CommandLine.arguments.dropFirst())
      try refuseUnknownCommand(arguments)
      var command = try parseAsRoot(arguments)
      try checkEnvironment(for: command)
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
    throw UsageError(
      "there is no command '\(name)'" + suggestion(nearestName(to: name, in: names), names),
      help: "tightrope --help")
  }

  /// Help works whatever the environment says; work does not.
  private static func checkEnvironment(for command: any ParsableCommand) throws {
    let problem = InstructionSet.selectionProblem ?? ThreadPool.selectionProblem
    if let problem, configuration.subcommands.contains(where: { $0 == type(of: command) }) {
      throw UsageError(problem)
    }
  }
}

/// The end of a message about an unknown name.
func suggestion(_ nearest: String?, _ names: [String]) -> String {
  if let nearest { return ": did you mean '\(nearest)'?" }
  return "; choose one of: " + names.joined(separator: ", ")
}
