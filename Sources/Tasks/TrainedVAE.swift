import Kernels
import Networks
import Optimizers
import Storage
import Tensors
import Training

/// A variational autoencoder with its parameters.
public final class TrainedVAE: Sendable {
  /// The network.
  package let network: VAE
  /// Its parameters.
  package let parameters: ParameterSet
  /// Width of the hidden layers.
  public let hidden: Int

  /// An autoencoder as it begins.
  init(dimension: Int, latent: Int, hidden: Int, seed: UInt64) {
    let parameters = ParameterSet()
    network = VAE(
      dimension: dimension, latentDimension: latent, hidden: hidden, in: parameters)
    parameters.initialize(seed: seed)
    (self.parameters, self.hidden) = (parameters, hidden)
  }

  /// An autoencoder that learned the images for training.
  ///
  /// Same images and config, same bits, for any number of threads and any instruction set.
  /// - Parameter report: Told the mean loss of each epoch.
  /// - Throws: `ConfigError` for numbers that make no sense, `NumericalError` where training diverges.
  public convenience init(
    of images: ImageSet, _ config: VAEConfig = VAEConfig(), pool: ThreadPool = .shared,
    instructionSet: InstructionSet = .active, report: (Double) -> Void = { _ in }
  ) throws {
    try config.validate()
    self.init(
      dimension: images.dimension, latent: config.latent, hidden: config.hidden, seed: config.seed)
    let optimizer = Optimizer(try Adam(), parameters) { _ in
      GroupSettings(learningRate: config.learningRate)
    }
    let trainer = BatchTrainer(
      parameters, optimizer, blockRows: blockRows, seed: config.seed, pool: pool,
      instructionSet: instructionSet)
    var batch = ImageBatch(images, rows: config.batchSize)
    let order = RandomStream(seed: config.seed).folding(.shuffling)
    var preparation = Preparation(
      of: "autoencoder", steps: config.epochs * images.batches(of: batch.rows))
    for epoch in 0..<config.epochs {
      let shuffled = order.draw(
        Permutation(of: images.training.count), step: UInt32(epoch), rows: 0..<1)
      report(try learn(shuffled, &batch, trainer, &preparation) / Double(shuffled.count))
    }
  }

  /// One epoch; returns the sum of the images' losses.
  private func learn(
    _ order: [Int], _ batch: inout ImageBatch, _ trainer: BatchTrainer,
    _ preparation: inout Preparation
  ) throws -> Double {
    var sum = 0.0
    for first in stride(from: 0, to: order.count, by: batch.rows) {
      let images = order[first..<min(order.count, first + batch.rows)]
      batch.fill(images)
      sum +=
        try Double(images.count)
        * batch.withPixels { pixels in
          try trainer.step(rows: images.count) { [self] context, rows in
            let x = context.tape.constant(
              at: UnsafeRawPointer(pixels + rows.lowerBound * network.dimension),
              Shape(rows.count, network.dimension))
            return network.loss(x, context)
          }
        }
      try preparation.advance()
    }
    return sum
  }
}

/// Rows of a block: the customary batch of 128 gives four.
private let blockRows = 32

/// The pixels of some images, one after the other.
private struct ImageBatch {
  /// The most images.
  let rows: Int
  private let images: ImageSet
  private var pixels: [Float]

  init(_ images: ImageSet, rows: Int) {
    self.images = images
    self.rows = min(rows, max(1, images.training.count))
    pixels = [Float](repeating: 0, count: self.rows * images.dimension)
  }

  /// Takes in these images for training.
  mutating func fill(_ numbers: ArraySlice<Int>) {
    pixels.withUnsafeMutableBufferPointer { pixels in
      guard let start = pixels.baseAddress else { return }
      for (row, number) in numbers.enumerated() {
        images.pixels(of: number, into: start + row * images.dimension)
      }
    }
  }

  func withPixels<Result>(
    _ body: (UnsafePointer<Float>) throws -> Result
  ) rethrows -> Result {
    try pixels.withUnsafeBufferPointer { pixels in
      guard let start = pixels.baseAddress else { preconditionFailure("images without pixels") }
      return try body(start)
    }
  }
}
