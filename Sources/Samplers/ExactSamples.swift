import Densities
import Kernels

/// Sets of exact samples of a density, or of those in a file, each with numbers of its own.
struct ExactSamples {
  private let samples: SampleSet
  private let dimension: Int
  private let stream: RandomStream

  init(_ density: any SamplableDensity, _ stream: RandomStream) {
    self.init(SampleSet(density), dimension: density.dimension, stream)
  }

  init(_ samples: SampleSet, dimension: Int, _ stream: RandomStream) {
    (self.samples, self.dimension, self.stream) = (samples, dimension, stream)
  }

  /// The set that paths are drawn backwards from, [count, D].
  func all(_ count: Int) -> [Float] {
    draw(count, stream.folding(.bridges).folding(.exactSamples))
  }

  /// The set of a number, [count, D].
  func set(_ index: Int, _ count: Int) -> [Float] {
    draw(count, stream.folding(.exactSamples).folding(UInt64(index)))
  }

  private func draw(_ count: Int, _ stream: RandomStream) -> [Float] {
    var x = [Float](repeating: 0, count: count * dimension)
    x.withUnsafeMutableBufferPointer {
      guard let base = $0.baseAddress else { return }
      samples.draw(count, stream, into: base)
    }
    return x
  }
}
