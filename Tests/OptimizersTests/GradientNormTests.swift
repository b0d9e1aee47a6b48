import Optimizers
import Tensors
import TestSupport
import Testing

@Suite("Clipping by the global norm")
struct GradientNormTests {
  @Test("measures the norm to the last bit where it is exact")
  func exact() {
    #expect(gradientNorm([3, 4], count: 2) == 5)
    #expect(gradientNorm([Float](repeating: 2, count: 100), count: 100) == 20)
    #expect(gradientNorm([], count: 0) == 0)
  }

  @Test("neither overflows nor loses small elements")
  func range() {
    let large = [Float](repeating: .greatestFiniteMagnitude, count: 64)
    #expect(gradientNorm(large, count: 64) == 8 * Double(Float.greatestFiniteMagnitude))
    #expect(gradientNorm([.leastNonzeroMagnitude], count: 1) == 0x1p-149)
    let mixed = [1] + [Float](repeating: 0x1p-20, count: 1 << 10)
    expect(
      gradientNorm(mixed, count: mixed.count), equals: (1 + 0x1p-30).squareRoot(),
      within: .relative(1e-15))
  }

  @Test("is finite exactly if the gradient is", arguments: [0, 15, 16, 32])
  func nonFinite(_ place: Int) {
    for bad in [Float.nan, .infinity, -.infinity] {
      var gradient = spread(33)
      #expect(gradientNorm(gradient, count: 33).isFinite)
      gradient[place] = bad
      #expect(!gradientNorm(gradient, count: 33).isFinite)
    }
  }

  @Test("shortens what is longer than the bound, and only that")
  func factor() {
    #expect(clippingFactor(norm: 4, bound: 1) == 0.25)
    #expect(clippingFactor(norm: 4, bound: 4) == 1 && clippingFactor(norm: 4, bound: 5) == 1)
    #expect(clippingFactor(norm: 4, bound: 0) == 1 && clippingFactor(norm: 0, bound: 1) == 1)
  }

  @Test("moves parameters as the shorter gradient itself would", arguments: optimizers.names)
  func update(_ name: String) throws {
    let (clipped, short) = (smallSet(), smallSet())
    let one = try settings(name).makeOptimizer(for: clipped)
    let other = try settings(name).makeOptimizer(for: short)
    for step in 0..<10 {
      let gradient = spread(33, seed: UInt64(step))
      one.update(gradient, gradientFactor: 0.125)
      other.update(gradient.map { 0.125 * $0 })
    }
    #expect(clipped.numbers == short.numbers)
  }
}
