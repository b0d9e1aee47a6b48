import KernelTables
import Kernels
import TestSupport
import Testing

/// A way of leaving columns out.
struct MaskCase: Sendable, CustomTestStringConvertible {
  let testDescription: String
  var isCausal = false
  var skipsOwnPlace = false
  /// Rows of the tensor that says what is kept; 0 for none.
  var keptRows = 0

  static let all = [
    MaskCase(testDescription: "all"),
    MaskCase(testDescription: "causal", isCausal: true),
    MaskCase(testDescription: "not its own", skipsOwnPlace: true),
    MaskCase(testDescription: "one kept row", keptRows: 1),
    MaskCase(testDescription: "three kept rows", keptRows: 3),
    MaskCase(
      testDescription: "everything at once", isCausal: true, skipsOwnPlace: true, keptRows: 3),
  ]

  /// 0 or 1 for each column of the kept rows; the last row keeps nothing.
  func kept(_ columns: Int) -> [Float] {
    spread(keptRows * columns, seed: 7).enumerated().map { i, x in
      keptRows > 1 && i / max(1, columns) == keptRows - 1 ? 0 : x > -0.5 ? 1 : 0
    }
  }

  func mask(rows: Int, kept: UnsafeRawPointer) -> ColumnMask {
    var mask = ColumnMask(rows: rows)
    (mask.isCausal, mask.skipsOwnPlace) = (isCausal, skipsOwnPlace)
    if keptRows > 0 { (mask.kept, mask.keptRows) = (kept, keptRows) }
    return mask
  }
}

/// Two matrices of three rows, or a few more.
private let matrixRows = [3, 5]

@Suite("Softmax kernels")
struct SoftmaxTests {
  @Test("give what their slow twins do", arguments: awkwardSizes, MaskCase.all)
  func twins(_ columns: Int, _ test: MaskCase) {
    for rows in matrixRows {
      let (total, kept) = (2 * rows, test.kept(columns))
      let buffers = (1...6).map { spread(total * columns, seed: UInt64($0), scale: 4) } + [kept]
      expectTwins(buffers, within: .scaled(2e-6), "\(total) x \(columns)") {
        let mask = test.mask(rows: rows, kept: $0[6])
        $0.kernels.softmax($0[0], scale: 0.7, mask, to: $0[1], rows: total, columns: columns)
        $0.kernels.softmaxGradient(
          $0[1], $0[2], scale: 0.7, to: $0[2], rows: total, columns: columns)
        $0.kernels.logSoftmax($0[3], mask, to: $0[4], rows: total, columns: columns)
        $0.kernels.logSoftmaxGradient($0[4], $0[5], mask, to: $0[5], rows: total, columns: columns)
      }
    }
  }

  @Test("survive scores of any size and name what is not a number", arguments: [1, 16, 33])
  func extremes(_ columns: Int) {
    let large = spread(columns, scale: 1.6e38)
    let far = (0..<columns).map { $0 == 0 ? Float(0) : -90 - Float($0) }
    var broken = spread(columns)
    broken[columns / 2] = .nan
    expectTwins([large + far + broken, large + far + broken], within: .scaled(1e-6)) {
      $0.kernels.softmax(
        $0[0], scale: 1, ColumnMask(rows: 3), to: $0[0], rows: 3, columns: columns)
      $0.kernels.logSoftmax($0[1], ColumnMask(rows: 3), to: $0[1], rows: 3, columns: columns)
    }
    let result = outcome(of: InstructionSet.active.kernels, [broken]) {
      $0.kernels.softmax(
        $0[0], scale: 1, ColumnMask(rows: 1), to: $0[0], rows: 1, columns: columns)
    }
    #expect(result.buffers[0].allSatisfy { $0.isNaN })
  }

  @Test("give a row the same bits whether columns that it does not see exist or not")
  func prefixes() {
    let columns = 40
    let x = spread(columns * columns, seed: 1)
    let kernels = InstructionSet.active.kernels
    let whole = outcome(of: kernels, [x]) {
      var mask = ColumnMask(rows: columns)
      mask.isCausal = true
      $0.kernels.softmax($0[0], scale: 1, mask, to: $0[0], rows: columns, columns: columns)
    }.buffers[0]
    for row in 0..<columns {
      let part = outcome(of: kernels, [Array(x[row * columns...row * columns + row])]) {
        $0.kernels.softmax(
          $0[0], scale: 1, ColumnMask(rows: 1), to: $0[0], rows: 1, columns: row + 1)
      }.buffers[0]
      #expect(Array(whole[row * columns...row * columns + row]) == part)
      #expect(whole[(row * columns + row + 1)..<((row + 1) * columns)].allSatisfy { $0 == 0 })
    }
  }
}
