import Kernels
import Networks
import Optimizers
import Storage
import Tensors
import Training

/// What people who prefer one picture to another for a caption seem to go by, learned from their preferences.
///
/// People prefer the picture with more right attributes, with chance 1 / (1 + exp(-s × how many more)), and are mistaken
/// otherwise. The loss is that of the Bradley-Terry model, -log of the probability
/// 1 / (1 + exp(f(other, c) - f(preferred, c))), so f comes near s × the right attributes, but for a constant of each caption.
/// Reference: Xu et al. (2023), *ImageReward*, eq. 1, arXiv:2304.05977
public final class TrainedAgreement: Sendable {
  private let network: AgreementNetwork
  private let parameters = ParameterSet()
  private let tapes = SharedTapes()
  private let dimension: Int

  /// A network that learned preferences among the pictures for learning.
  ///
  /// Same pictures and config, same bits, for any number of threads and any instruction set.
  /// - Throws: `ConfigError` for numbers that make no sense, `NumericalError` where training diverges.
  public init(
    of shapes: ShapeSet, _ config: AgreementConfig = AgreementConfig(), pool: ThreadPool = .shared
  ) throws {
    try config.validate()
    dimension = shapes.images.dimension
    network = AgreementNetwork(edge: shapes.config.edge, config, in: parameters)
    parameters.initialize(seed: config.seed)
    let optimizer = Optimizer(try Adam(), parameters) { _ in
      GroupSettings(learningRate: config.learningRate)
    }
    let trainer = BatchTrainer(
      parameters, optimizer, blockRows: 16, seed: config.seed, pool: pool)
    let stream = RandomStream(seed: config.seed).folding(.training)
    var preparation = Preparation(of: "agreement of pictures with captions", steps: config.steps)
    for step in 0..<config.steps {
      let preferences = (0..<config.batchSize).map { row in
        var words = stream.words(of: .integer, step: UInt32(step), row: row)
        return Preference(shapes, certainty: config.certainty, &words)
      }
      // The rate falls to zero over the last half.
      let factor = min(1, 2 * (1 - Double(step) / Double(config.steps)))
      try trainer.step(rows: config.batchSize, factor: factor) { [self] context, rows in
        loss(preferences[rows], shapes.images, noise: config.noise, context)
      }
      try preparation.advance()
    }
  }

  /// The sum of the losses of some preferences.
  private func loss(
    _ preferences: ArraySlice<Preference>, _ images: ImageSet, noise: Double, _ context: Context
  ) -> Tensor {
    let (tape, count) = (context.tape, 2 * preferences.count)
    let (x, captions) = (
      tape.allocate(Shape(count, dimension)),
      tape.allocate(Shape(count, ShapeCaption.featureCount))
    )
    let pixels = x.data.assumingMemoryBound(to: Float.self)
    let features = captions.data.assumingMemoryBound(to: Float.self)
    for (index, preference) in preferences.enumerated() {
      for (place, image) in [preference.first, preference.second].enumerated() {
        let row = 2 * index + place
        images.signedPixels(of: image, into: pixels + row * dimension)
        preference.caption.features(into: features + row * ShapeCaption.featureCount)
      }
    }
    addNoise(noise, to: pixels, count, context)
    let values = tape.reshape(
      network(x, captions, context), Shape(preferences.count, 2))
    let labels = tape.indices(preferences.map { $0.isFirst ? 0 : 1 })
    return tape.sum(tape.crossEntropy(values, labels: labels))
  }

  private func addNoise(
    _ noise: Double, to pixels: UnsafeMutablePointer<Float>, _ count: Int, _ context: Context
  ) {
    let (tape, first) = (context.tape, 2 * context.firstRow)
    let normals = tape.allocate(Shape(count, dimension)).data.assumingMemoryBound(to: Float.self)
    let levels = tape.allocate(Shape(count, 1)).data.assumingMemoryBound(to: Float.self)
    tape.kernels.normals(
      key: context.random.key, step: 1, firstRow: first, rows: count, columns: dimension,
      to: normals)
    tape.kernels.uniforms(
      key: context.random.key, step: 2, firstRow: first, rows: count, columns: 1, to: levels)
    for i in 0..<count * dimension {
      pixels[i] += Float(noise) * levels[i / dimension] * normals[i]
    }
  }

  /// Writes f of pictures and their captions, [count], and its gradient by the pictures where it is wanted, [count, D].
  /// - Parameters:
  ///   - x: [count, D], from -1 to 1.
  ///   - captions: What networks read of each picture's caption, [count, features].
  public func agreement(
    _ x: UnsafePointer<Float>, _ captions: UnsafePointer<Float>, count: Int,
    into out: UnsafeMutablePointer<Float>, score: UnsafeMutablePointer<Float>?
  ) {
    let (d, c) = (dimension, ShapeCaption.featureCount)
    tapes.borrow { tape in
      for first in stride(from: 0, to: count, by: 64) {
        tape.reset()
        tape.isRecording = score != nil
        let rows = min(64, count - first)
        let context = Context(
          tape: tape, parameters: ParameterBinding(parameters, gradients: nil))
        let images = tape.constant(at: x + first * d, Shape(rows, d))
        let input = score == nil ? images : tape.variable(images)
        let values = network(
          input, tape.constant(at: captions + first * c, Shape(rows, c)), context)
        (out + first).update(from: values.data.assumingMemoryBound(to: Float.self), count: rows)
        guard let score else { continue }
        tape.backward(from: values, seed: tape.constant(1, values.shape).data)
        (score + first * d).update(
          from: tape.gradient(of: input).assumingMemoryBound(to: Float.self), count: rows * d)
      }
    }
  }
}

/// Which of two pictures somebody prefers for a caption.
private struct Preference: Sendable {
  let first, second: Int
  let caption: ShapeCaption
  let isFirst: Bool

  /// Two pictures and a caption that goes more or less with the first.
  init(_ shapes: ShapeSet, certainty: Double, _ words: inout RandomWords) {
    let law = IntegerBelow(shapes.images.training.count)
    (first, second) = (law.draw(&words), law.draw(&words))
    caption = shapes.caption(
      insteadOf: shapes.caption(of: first), wrongWords: 0.5, &words)
    let more =
      shapes.caption(of: first).matches(caption) - shapes.caption(of: second).matches(caption)
    isFirst = words.unit() < 1 / (1 + scalarExp(-certainty * Double(more)))
  }
}

/// The networks that this process trained, so that each is trained once.
public enum AgreementCache {
  private struct Key: Hashable {
    let shapes: ShapesConfig
    let config: AgreementConfig
  }

  private static let networks = TrainedOnce<Key, TrainedAgreement>()

  /// A network for these pictures, which takes a while the first time.
  /// - Throws: as the training does.
  public static func agreement(
    of shapes: ShapeSet, _ config: AgreementConfig
  ) throws -> TrainedAgreement {
    let key = Key(shapes: shapes.config, config: config)
    return try networks.model(key) { try TrainedAgreement(of: shapes, config) }
  }
}
