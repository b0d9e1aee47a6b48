import ArgumentParser

/// Times whole training iterations.
struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Seconds per training iteration.",
    discussion: """
      On one thread and on all. Rates count matrix products by their definition; the ceiling is that of
      multiply-adds that touch no memory, measured in the same run. Convolutions multiply less often than
      their definition says, so that the U-Net may pass it.
      """)

  @OptionGroup var options: MeasureOptions

  func run() throws {
    let ceiling = Ceiling()
    try options.measure(
      TrainingStep.all.map { $0.measurement(ceiling) } + [GraphNetworkTraining.products(ceiling)])
  }
}
