import Densities
import Kernels
import Storage

/// What a denoising model learns from: samples, or pairs of a point and its condition.
final class TrainingData {
  private enum Source {
    case samples(SampleSet)
    case pairs(any PairedDensity, StepConditions)
  }

  private let source: Source
  private let conditionDimension: Int
  private let dropping: Double

  /// - Throws: `ConfigError` where there are none, `StorageError` for a file that cannot be read.
  init(_ config: RunConfig, _ base: any Density) throws {
    dropping = config.denoising.dropConditions
    guard let conditions = StepConditions(base, count: config.batchSize) else {
      conditionDimension = 0
      try ConfigError.require(
        dropping == 0, "denoising.drop_conditions", "the density has no conditions")
      do {
        source = .samples(
          try SampleSet(config.denoising.data, base, dimension: base.dimension))
      } catch let ConfigError.invalid(_, reason) {
        throw ConfigError.invalid(path: "denoising.data", reason: reason)
      }
      return
    }
    guard let pairs = base as? any PairedDensity else {
      throw ConfigError.invalid(
        path: "method", reason: "denoising needs points with their conditions, which it has not")
    }
    try ConfigError.require(
      config.denoising.data.isEmpty, "denoising.data", "its rows say nothing of their conditions")
    source = .pairs(pairs, conditions)
    conditionDimension = pairs.conditionDimension
  }

  /// Writes data, [count, D], and looks up their conditions.
  func draw(_ count: Int, _ stream: RandomStream, into x: UnsafeMutablePointer<Float>) {
    switch source {
    case .samples(let samples): samples.draw(count, stream, into: x)
    case .pairs(let density, let conditions):
      density.drawPairs(count, stream, into: x, conditions: conditions.indices)
      conditions.describe()
      drop(conditions, count, stream.folding(.conditions))
    }
  }

  /// Puts zeros in the place of some conditions.
  private func drop(_ conditions: StepConditions, _ count: Int, _ stream: RandomStream) {
    guard dropping > 0 else { return }
    for row in 0..<count {
      var words = stream.words(of: .uniform, row: row)
      guard words.unit() < dropping else { continue }
      (conditions.features + row * conditionDimension).update(
        repeating: 0, count: conditionDimension)
    }
  }

  /// What describes the conditions of the rows from one on, [rows, C]; nil where there are none.
  func features(from row: Int) -> UnsafePointer<Float>? {
    guard case .pairs(_, let conditions) = source else { return nil }
    return UnsafePointer(conditions.features + row * conditionDimension)
  }
}
