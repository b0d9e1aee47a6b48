import Metrics
import TestSupport
import Testing

@Suite("The Wasserstein distance")
struct WassersteinTests {
  @Test("is 0 between a set and its reordering, and exact for a translation", arguments: [1, 2, 5])
  func closedForms(_ dimension: Int) {
    let x = spread(30 * dimension, seed: 1)
    let shuffled = (0..<30).flatMap { row in
      (0..<dimension).map { x[(row * 7 + 3) % 30 * dimension + $0] }
    }
    #expect(wasserstein2(x, x, dimension: dimension) == 0)
    #expect(wasserstein2(x, shuffled, dimension: dimension) == 0)
    let moved = shuffled.map { $0 + 0.75 }
    expect(
      wasserstein2(x, moved, dimension: dimension),
      equals: 0.75 * Double(dimension).squareRoot(), within: .relative(1e-6))
  }

  @Test("is symmetric, and grows with scale")
  func symmetry() {
    let (x, y) = (spread(80, seed: 1), spread(80, seed: 2, scale: 3))
    let distance = wasserstein2(x, y, dimension: 2)
    #expect(distance > 0)
    expect(wasserstein2(y, x, dimension: 2), equals: distance, within: .relative(1e-12))
    let doubled = wasserstein2(x.map { 2 * $0 }, y.map { 2 * $0 }, dimension: 2)
    expect(doubled, equals: 2 * distance, within: .relative(1e-12))
  }

  @Test("is that of sorted numbers in one dimension, and 0 for no points")
  func oneDimension() {
    let (x, y) = (spread(50, seed: 1), spread(50, seed: 2, scale: 3))
    let squares = zip(x.sorted(), y.sorted()).map { Double($0 - $1) * Double($0 - $1) }
    let expected = (squares.reduce(0, +) / 50).squareRoot()
    expect(wasserstein2(x, y, dimension: 1), equals: expected, within: .relative(1e-6))
    #expect(wasserstein2([], [], dimension: 3) == 0)
  }
}
