import Kernels
import Networks
import Optimizers
import Storage
import Tensors
import Training

/// A classifier of images with its parameters.
public final class TrainedClassifier: Sendable {
  /// Number of classes.
  public let classes: Int
  /// Numbers that describe an image.
  public let featureCount: Int
  /// D, the pixels of an image.
  public let dimension: Int
  private let network: ClassifierNetwork
  private let parameters = ParameterSet()
  private let tapes = SharedTapes()

  /// A classifier that learned the labelled images for training.
  ///
  /// Same images and config, same bits, for any number of threads and any instruction set.
  /// - Throws: `ConfigError` for images without labels and numbers that make no sense, `NumericalError` where
  ///   training diverges.
  public init(
    of images: ImageSet, _ config: ClassifierConfig = ClassifierConfig(),
    pool: ThreadPool = .shared
  ) throws {
    try config.validate()
    guard let most = images.labels.max() else {
      throw ConfigError.invalid(path: "data", reason: "its images have no labels")
    }
    (classes, featureCount, dimension) = (most + 1, config.features, images.dimension)
    network = ClassifierNetwork(of: images, classes: most + 1, config, in: parameters)
    parameters.initialize(seed: config.seed)
    let optimizer = Optimizer(try Adam(), parameters) { _ in
      GroupSettings(learningRate: config.learningRate)
    }
    let trainer = BatchTrainer(
      parameters, optimizer, blockRows: 32, seed: config.seed, pool: pool)
    let order = RandomStream(seed: config.seed).folding(.shuffling)
    var preparation = Preparation(
      of: "classifier", steps: config.epochs * images.batches(of: config.batchSize))
    for epoch in 0..<config.epochs {
      let shuffled = order.draw(
        Permutation(of: images.training.count), step: UInt32(epoch), rows: 0..<1)
      for first in stride(from: 0, to: shuffled.count, by: config.batchSize) {
        let chosen = Array(shuffled[first..<min(shuffled.count, first + config.batchSize)])
        try learn(chosen, images, noise: Float(config.noise), trainer)
        try preparation.advance()
      }
    }
  }

  /// One step on some images.
  private func learn(
    _ chosen: [Int], _ images: ImageSet, noise: Float, _ trainer: BatchTrainer
  ) throws {
    try trainer.step(rows: chosen.count) { [self] context, rows in
      let tape = context.tape
      let x = tape.allocate(Shape(rows.count, dimension))
      let pixels = x.data.assumingMemoryBound(to: Float.self)
      let scratch = tape.allocate(Shape(rows.count, dimension + 1))
        .data.assumingMemoryBound(to: Float.self)
      let (kernels, levels) = (tape.kernels, scratch + rows.count * dimension)
      kernels.normals(
        key: context.random.key, step: 1, firstRow: context.firstRow, rows: rows.count,
        columns: dimension, to: scratch)
      kernels.uniforms(
        key: context.random.key, step: 2, firstRow: context.firstRow, rows: rows.count, columns: 1,
        to: levels)
      for (index, row) in rows.enumerated() {
        images.signedPixels(of: chosen[row], into: pixels + index * dimension)
        for i in index * dimension..<(index + 1) * dimension {
          pixels[i] += noise * levels[index] * scratch[i]
        }
      }
      let labels = tape.indices(rows.map { images.labels[chosen[$0]] })
      let losses = tape.crossEntropy(network(x, context).logits, labels: labels)
      return tape.sum(losses)
    }
  }

  /// The features of images, [count, features].
  /// - Parameter x: [count, D], from -1 to 1.
  public func features(of x: [Float]) -> [Float] {
    collect(x, columns: featureCount) { output, _ in output.features }
  }

  /// log p(class | x), [count, classes].
  public func logProbabilities(of x: [Float]) -> [Float] {
    collect(x, columns: classes) { output, tape in tape.logSoftmax(output.logits) }
  }

  private func collect(
    _ x: [Float], columns: Int, _ part: ((features: Tensor, logits: Tensor), Tape) -> Tensor
  ) -> [Float] {
    var result: [Float] = []
    x.withUnsafeBufferPointer { x in
      guard let start = x.baseAddress else { return }
      forEachPiece(of: x.count / dimension) { tape, context, first, count in
        let images = tape.constant(at: start + first * dimension, Shape(count, dimension))
        let values = part(network(images, context), tape)
        result += UnsafeBufferPointer(
          start: values.data.assumingMemoryBound(to: Float.self), count: count * columns)
      }
    }
    return result
  }

  /// Writes log Σ p(c | x) over some classes or the largest log p(c | x) of them, [count], and its gradient by x where it
  /// is wanted, [count, D].
  public func logProbability(
    of chosen: [Int], isMaximum: Bool, at x: UnsafePointer<Float>, count: Int,
    into out: UnsafeMutablePointer<Float>, score: UnsafeMutablePointer<Float>?
  ) {
    forEachPiece(of: count) { tape, context, first, count in
      tape.isRecording = score != nil
      let images = tape.constant(at: x + first * dimension, Shape(count, dimension))
      let input = score == nil ? images : tape.variable(images)
      let logits = network(input, context).logits
      let slopes = tape.allocate(logits.shape)
      for row in 0..<count {
        out[first + row] = choose(
          chosen, isMaximum, logits.data.assumingMemoryBound(to: Float.self) + row * classes,
          slopes.data.assumingMemoryBound(to: Float.self) + row * classes)
      }
      guard let score else { return }
      tape.backward(from: logits, seed: slopes.data)
      (score + first * dimension).update(
        from: tape.gradient(of: input).assumingMemoryBound(to: Float.self),
        count: count * dimension)
    }
  }

  /// The log-probability of some classes, and its derivative by the logits.
  private func choose(
    _ chosen: [Int], _ isMaximum: Bool, _ logits: UnsafePointer<Float>,
    _ slopes: UnsafeMutablePointer<Float>
  ) -> Float {
    let top = (0..<classes).reduce(-Double.infinity) { max($0, Double(logits[$1])) }
    let powers = (0..<classes).map { scalarExp(Double(logits[$0]) - top) }
    let total = powers.reduce(0, +)
    let best = chosen.max { logits[$0] < logits[$1] } ?? 0
    let kept = isMaximum ? [best] : chosen
    let part = max(kept.reduce(0) { $0 + powers[$1] }, .leastNormalMagnitude)
    for index in 0..<classes {
      let own = kept.contains(index) ? powers[index] / part : 0
      slopes[index] = Float(own - powers[index] / total)
    }
    return Float(scalarLog(part) - scalarLog(total))
  }

  private func forEachPiece(
    of count: Int, _ body: (Tape, Context, _ first: Int, _ count: Int) -> Void
  ) {
    let binding = ParameterBinding(parameters, gradients: nil)
    tapes.borrow { tape in
      for first in stride(from: 0, to: count, by: 64) {
        tape.reset()
        let context = Context(tape: tape, parameters: binding)
        body(tape, context, first, min(64, count - first))
      }
    }
  }
}

/// The classifiers that this process trained, so that each is trained once.
public enum ClassifierCache {
  private struct Key: Hashable {
    let checksum: UInt64
    let sizes: [Int]
    let config: ClassifierConfig
  }

  private static let classifiers = TrainedOnce<Key, TrainedClassifier>()

  /// A classifier trained on these images, which takes a while the first time.
  /// - Throws: as the training does.
  public static func classifier(
    of images: ImageSet, _ config: ClassifierConfig = ClassifierConfig()
  ) throws -> TrainedClassifier {
    let key = Key(
      checksum: images.checksum,
      sizes: [images.rows, images.columns, images.channels, images.training.count], config: config)
    return try classifiers.model(key) { try TrainedClassifier(of: images, config) }
  }
}
