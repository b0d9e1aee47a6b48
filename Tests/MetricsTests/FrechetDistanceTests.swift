import Kernels
import Metrics
import TestSupport
import Testing

@Suite("The distance between the moments of two samples")
struct FrechetDistanceTests {
  /// Rows with the given means and deviations along the axes, exactly: ± one deviation.
  private func crosses(_ means: [Float], _ deviations: [Float]) -> [Float] {
    var rows: [Float] = []
    for row in 0..<2 * means.count {
      var values = means
      values[row / 2] += row % 2 == 0 ? deviations[row / 2] : -deviations[row / 2]
      rows += values
    }
    return rows
  }

  @Test("is the shift and the difference of deviations where axes agree")
  func axes() {
    let (a, b) = (crosses([0, 1, 2], [1, 2, 3]), crosses([1, 1, 0], [2, 2, 5]))
    // The variance along an axis is 2 s² / 5.
    let spread = (1.0 + 0 + 4) * 2 / 5
    expect(frechetDistance(a, b, dimension: 3), equals: 5 + spread, within: .scaled(1e-6))
    expect(frechetDistance(a, a, dimension: 3), equals: 0, within: .scaled(1e-6))
  }

  @Test("does not change as both are turned")
  func turned() {
    func turn(_ x: [Float]) -> [Float] {
      var turned = x
      for i in stride(from: 0, to: x.count, by: 2) {
        turned[i] = 0.6 * x[i] - 0.8 * x[i + 1]
        turned[i + 1] = 0.8 * x[i] + 0.6 * x[i + 1]
      }
      return turned
    }
    let (a, b) = (crosses([0, 1], [1, 2]), crosses([1, 1], [3, 1]).map { $0 * $0 })
    expect(
      frechetDistance(turn(a), turn(b), dimension: 2),
      equals: frechetDistance(a, b, dimension: 2), within: .scaled(1e-5))
  }

  @Test("of cosines between rows is known for a few")
  func cosines() {
    expect(meanCosineDistance([1, 0, 2, 0, 0, 3], dimension: 2), equals: 2.0 / 3, within: .ulps(4))
    expect(meanCosineDistance([1, 1, 5, 5], dimension: 2), equals: 0, within: .scaled(1e-12))
    expect(meanCosineDistance([1, 0, -1, 0], dimension: 2), equals: 2, within: .ulps(4))
  }
}
