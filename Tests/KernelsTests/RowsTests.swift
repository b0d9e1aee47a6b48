import KernelTables
import Kernels
import TestSupport
import Testing

/// Groups, rows of each and columns.
struct GroupShape: Sendable, CustomTestStringConvertible {
  let groups, rows, columns: Int
  var testDescription: String { "\(groups) x \(rows) x \(columns)" }
  var count: Int { groups * rows * columns }

  static let all = awkwardSizes.flatMap { n in
    [
      GroupShape(groups: n, rows: 2, columns: 3), GroupShape(groups: 2, rows: n, columns: 3),
      GroupShape(groups: 2, rows: 3, columns: n),
    ]
  }
}

@Suite("Loops over rows")
struct RowsTests {
  @Test("add a table's rows to their groups", arguments: GroupShape.all)
  func addRows(_ s: GroupShape) {
    let table = spread(s.groups * s.columns, seed: 2)
    expectTwins([spread(s.count), table, spread(s.count, seed: 3)], within: .ulps(1)) {
      $0.kernels.addRows(
        $0[0], $0[1], to: $0[2], groups: s.groups, rows: s.rows, columns: s.columns)
    }
  }

  @Test("add up the rows of each group", arguments: GroupShape.all)
  func accumulateRows(_ s: GroupShape) {
    expectTwins([spread(s.count), spread(s.groups * s.columns, seed: 2)], within: .scaled(1e-5)) {
      $0.kernels.accumulateRows(
        $0[0], into: $0[1], groups: s.groups, rows: s.rows, columns: s.columns)
    }
  }

  @Test("add rows times a scale, one for all columns or one each", arguments: GroupShape.all)
  func addScaledRows(_ s: GroupShape) {
    for scaleColumns in [1, s.columns] {
      let scale = spread(s.groups * scaleColumns, seed: 2)
      let buffers = [spread(s.count), scale, spread(s.count, seed: 3), spread(s.count, seed: 4)]
      expectTwins(buffers, within: .scaled(1e-6)) {
        $0.kernels.addScaledRows(
          $0[0], scale: $0[1], scaleColumns: scaleColumns, $0[2], to: $0[3], groups: s.groups,
          rows: s.rows, columns: s.columns)
      }
    }
  }

  @Test("add up products by group, for one column or each", arguments: GroupShape.all)
  func accumulateRowProducts(_ s: GroupShape) {
    for scaleColumns in [1, s.columns] {
      let scale = spread(s.groups * scaleColumns, seed: 3)
      expectTwins([spread(s.count), spread(s.count, seed: 2), scale], within: .scaled(1e-5)) {
        $0.kernels.accumulateRowProducts(
          $0[0], $0[1], into: $0[2], scaleColumns: scaleColumns, groups: s.groups, rows: s.rows,
          columns: s.columns)
      }
    }
  }

  @Test("copy and add windows between strides", arguments: awkwardSizes)
  func columns(_ n: Int) {
    for (rows, columns) in [(n, 3), (3, n)] {
      let (wide, wider) = (columns + 2, columns + 5)
      let buffers = [
        spread(rows * wide), spread(rows * wider, seed: 2), spread(rows * wider, seed: 3),
      ]
      expectTwins(buffers, within: .ulps(1)) {
        $0.kernels.copyColumns(
          $0[0], stride: wide, to: $0[1], stride: wider, rows: rows, columns: columns)
        $0.kernels.accumulateColumns(
          $0[0], stride: wide, into: $0[2], stride: wider, rows: rows, columns: columns)
      }
    }
  }
}

@Suite("Loops over elements")
struct ElementwiseTests {
  @Test("add, multiply, clip and count as their slow twins do", arguments: awkwardSizes)
  func twins(_ n: Int) {
    let buffers = (0..<6).map { spread(n, seed: UInt64($0)) }
    expectTwins(buffers, within: .scaled(1e-6)) {
      $0.kernels.accumulate($0[0], into: $0[1], count: n)
      $0.kernels.multiply($0[0], $0[2], to: $0[3], count: n, accumulating: true)
      $0.kernels.multiply($0[0], $0[2], to: $0[4], count: n, accumulating: false)
      $0.kernels.clip($0[0], bound: 0.7, to: $0[5], count: n)
    }
  }

  @Test("clip infinities, keep NaN, and count both", arguments: awkwardSizes.filter { $0 > 3 })
  func nonFinite(_ n: Int) {
    var x = spread(n)
    (x[0], x[n / 2], x[n - 1]) = (.nan, .infinity, -.infinity)
    expectTwins([x], within: .ulps(0)) { buffers in
      #expect(buffers.kernels.countNonFinite(buffers[0], count: n) == 3)
      buffers.kernels.clip(buffers[0], bound: 2, to: buffers[0], count: n)
      #expect(buffers.kernels.countNonFinite(buffers[0], count: n) == 1)
    }
  }
}
