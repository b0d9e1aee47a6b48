import Kernels
import TestSupport
import Testing

/// A distribution of rows, its draws as doubles.
struct KnownRows: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let columns: Int
  let draw: @Sendable (RandomStream, Range<Int>) -> [Double]

  init<D: RowDistribution>(_ name: String, _ distribution: D) where D.Value == Double {
    (testDescription, columns) = (name, distribution.columns)
    draw = { $0.draw(distribution, rows: $1) }
  }

  init<D: RowDistribution>(_ name: String, _ distribution: D) where D.Value == Int {
    (testDescription, columns) = (name, distribution.columns)
    draw = { $0.draw(distribution, rows: $1).map { Double($0) } }
  }

  init<D: Distribution>(_ name: String, _ distribution: D) where D.Value == Int {
    (testDescription, columns) = (name, 2)
    draw = { $0.draw(distribution, rows: $1, columns: 2).map { Double($0) } }
  }

  static let all = [
    KnownRows("dirichlet", Dirichlet([0.01, 1, 1e4])),
    KnownRows("sphere", Sphere(dimension: 5)),
    KnownRows("permutation", Permutation(of: 17)),
    KnownRows("permutation of one", Permutation(of: 1)),
    KnownRows("permutation of none", Permutation(of: 0)),
    KnownRows("gumbel-max", GumbelMax(logits: [0, 1, -.infinity, 2])),
    KnownRows("categorical", Categorical(weights: [1, 0, 3])),
    KnownRows("integers", IntegerBelow(10)),
  ]
}

@Suite("Every distribution of rows and of whole numbers")
struct RowDistributionTests {
  let stream = RandomStream(seed: 12)

  @Test("does not depend on how rows are split", arguments: KnownRows.all)
  func splits(_ known: KnownRows) {
    let all = known.draw(stream, 0..<9)
    #expect(all.count == 9 * known.columns)
    #expect([0..<4, 4..<4, 4..<5, 5..<9].flatMap { known.draw(stream, $0) } == all)
  }

  @Test("has the same bits for any number of threads", arguments: KnownRows.all)
  func threads(_ known: KnownRows) {
    for threads in [1, 2, 3, 5] {
      let rows = Collected(count: 7)
      ThreadPool(threads: threads).run(7) { index, _ in
        rows.set(index, known.draw(stream, 3 * index..<3 * index + 3))
      }
      #expect(rows.values.flatMap { $0 } == known.draw(stream, 0..<21))
    }
  }
}

@Suite("Distributions of points")
struct PointDistributionTests {
  let stream = RandomStream(seed: 13)

  /// Column k of a Dirichlet row is beta(a_k, a₀ - a_k).
  ///
  /// Comparisons with 4 standard errors fail for 1 stream in 16,000, distances above 2 for 1 in 1500.
  @Test(
    "Dirichlet rows add up to 1 and have beta columns",
    arguments: [
      [0.3, 2, 5], [1, 1], [0.01, 0.01, 0.02], [1e4, 1], [1e-3, 1e-3],
    ])
  func dirichlet(_ shapes: [Double]) {
    let rows = stream.draw(Dirichlet(shapes), rows: 0..<5000)
    let total = shapes.reduce(0, +)
    for (k, shape) in shapes.enumerated() {
      let column = stride(from: k, to: rows.count, by: shapes.count).map { rows[$0] }
      let mean = shape / total
      expectMean(of: column, is: mean, within: .standardErrors(4))
      let squares = column.map { ($0 - mean) * ($0 - mean) }
      let variance = mean * (1 - mean) / (total + 1)
      expectMean(of: squares, is: variance, within: .standardErrors(4))
      if shape >= 0.3 && total - shape >= 0.3 {
        #expect(kolmogorovDistance(column) { betaCumulative(shape, total - shape, $0) } < 2)
      }
    }
    for row in 0..<5000 {
      let sum = rows[row * shapes.count..<(row + 1) * shapes.count].reduce(0, +)
      #expect((sum - 1).magnitude < 1e-14)
    }
  }

  /// The square of a coordinate is beta(1/2, (D - 1)/2), each sign has the same chance.
  @Test("sphere points have length 1 and no direction", arguments: [1, 2, 3, 5, 16])
  func sphere(_ dimension: Int) {
    let points = stream.draw(Sphere(dimension: dimension), rows: 0..<4000)
    for row in 0..<4000 {
      let square = points[row * dimension..<(row + 1) * dimension].reduce(0) { $0 + $1 * $1 }
      #expect((square - 1).magnitude < 1e-14)
    }
    for d in Set([0, dimension / 2, dimension - 1]) {
      let x = stride(from: d, to: points.count, by: dimension).map { points[$0] }
      expectMean(of: x, is: 0, within: .standardErrors(4))
      expectMean(of: x.map { $0 > 0 ? 1.0 : 0 }, is: 0.5, within: .standardErrors(4))
      let products = zip(x, stride(from: 0, to: points.count, by: dimension)).map {
        $0 * points[$1]
      }
      let expected = d == 0 ? 1 / Double(dimension) : 0
      if dimension > 1 { expectMean(of: products, is: expected, within: .standardErrors(4)) }
      guard dimension > 1 else { continue }
      let distance = kolmogorovDistance(x.map { $0 * $0 }) {
        betaCumulative(0.5, Double(dimension - 1) / 2, $0)
      }
      #expect(distance < 2)
    }
  }
}
