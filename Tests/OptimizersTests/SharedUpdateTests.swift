import Optimizers
import Tensors
import TestSupport
import Testing

@Suite("Updates of many parameters, shared out among threads")
struct SharedUpdateTests {
  /// More than two pieces; the last one is cut.
  private static let (rows, columns) = (88_001, 3)

  @Test("have the bits of updates of each part by itself", arguments: optimizers.names)
  func parts(_ name: String) throws {
    var config = OptimizerConfig()
    (config.name, config.weightDecay) = (name, 0.1)
    let whole = try stepped(config, rows: 0..<Self.rows)
    let parts = try stride(from: 0, to: Self.rows, by: 9_999).flatMap {
      try stepped(config, rows: $0..<min(Self.rows, $0 + 9_999)).values
    }
    #expect(whole.values == parts)
  }

  @Test("are followed by new transposes")
  func transposes() throws {
    let (values, transposes) = try stepped(OptimizerConfig(), rows: 0..<Self.rows)
    let expected = (0..<Self.columns).flatMap { column in
      (0..<Self.rows).map { values[$0 * Self.columns + column] }
    }
    #expect(transposes == expected)
  }

  /// Some rows of a matrix, and their transpose, after two steps.
  private func stepped(
    _ config: OptimizerConfig, rows: Range<Int>
  ) throws -> (values: [Float], transposes: [Float]) {
    let set = ParameterSet()
    _ = set.add("matrix", Shape(rows.count, Self.columns), .zeros)
    set.initialize(seed: 0)
    let elements = rows.lowerBound * Self.columns..<rows.upperBound * Self.columns
    for (index, element) in elements.enumerated() {
      set.values[index] = Float(element % 1013) / 500 - 1
    }
    let optimizer = try config.makeOptimizer(for: set)
    for _ in 0..<2 { optimizer.update(elements.map { Float($0 % 769) / 300 - 1.2 }) }
    return (
      Array(UnsafeBufferPointer(start: set.values, count: set.count)),
      Array(UnsafeBufferPointer(start: set.transposes, count: set.count))
    )
  }
}
