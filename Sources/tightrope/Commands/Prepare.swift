import ArgumentParser
import Densities
import Storage

/// Trains the model in a density, and keeps it.
struct Prepare: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train the model that a density has in it, once for all, and keep it in a file.",
    discussion: """
      Examples:
        tightrope prepare vae-posteriors --density-set data=mnist --out d.safetensors
        tightrope train vae-posteriors --density-set data=mnist \\
            --density-set decoder=d.safetensors --out runs/codes
        tightrope prepare texts --density-set text.data=book.txt --out lm.safetensors

      Codes of images are made with a decoder, likelihoods of texts with a language model. Each \
      process that opens such a density trains the model again, which may take longer than all \
      else, unless a setting names the file of one: 'decoder' of vae-posterior and vae-posteriors, \
      'model' of text-ending and of texts of a file. What is computed with the file has the same \
      bits as without.
      """)

  @OptionGroup var source: DensityOptions

  @Option(help: ArgumentHelp("File for the model, .safetensors.", valueName: "file"))
  var out: String

  @OptionGroup var threading: ThreadOptions

  @Flag(help: "Print one JSON object on standard output.")
  var json = false

  func validate() throws { try validateOutput(out, endings: [".safetensors"]) }

  func run() throws {
    Interruption.endProcess()
    let density = try source.open()
    let key = try density.writeModel(to: out)
    if json {
      return try printDocument([
        "density": density.description, "out": .string(out), "setting": .string(key),
      ])
    }
    try printLine("written to \(out), for --density-set \(key)=\(quoted(out))")
  }
}
