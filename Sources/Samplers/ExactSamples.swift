import Densities
import Kernels

/// Sets of exact samples of a density, each with numbers of its own.
struct ExactSamples {
  private let density: any SamplableDensity
  private let stream: RandomStream

  init(_ density: any SamplableDensity, _ stream: RandomStream) {
    (self.density, self.stream) = (density, stream)
  }

  /// The set that paths are drawn backwards from, [count, D].
  func all(_ count: Int) -> [Float] {
    samples(count, stream.folding(.bridges).folding(.exactSamples))
  }

  /// The set of a number, [count, D].
  func set(_ index: Int, _ count: Int) -> [Float] {
    samples(count, stream.folding(.exactSamples).folding(UInt64(index)))
  }

  private func samples(_ count: Int, _ stream: RandomStream) -> [Float] {
    var x = [Float](repeating: 0, count: count * density.dimension)
    x.withUnsafeMutableBufferPointer {
      guard let base = $0.baseAddress else { return }
      density.sample(count, firstRow: 0, stream, into: base)
    }
    return x
  }
}
