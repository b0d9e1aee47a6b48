/// A distribution of single numbers.
///
///     let gammas = stream.draw(Gamma(shape: 2), rows: 0..<300, columns: 8)
///
/// A draw is a function of (stream, step, row, column) and of the distribution: no state, so any
/// split of rows over threads gives the same numbers. All arithmetic is our own and in 64-bit floats,
/// hence the same bits everywhere. For many uniforms or normals in 32-bit floats there are kernels.
public protocol Distribution: Sendable {
  /// What is drawn.
  associatedtype Value: Sendable
  /// The words it uses.
  static var kind: RandomKind { get }
  /// One draw from the words of its place, as many as it needs.
  func draw(_ words: inout RandomWords) -> Value
}

/// A distribution of rows whose numbers depend on each other.
public protocol RowDistribution: Sendable {
  /// What a row is made of.
  associatedtype Value: Sendable
  /// The words it uses.
  static var kind: RandomKind { get }
  /// The numbers of a row.
  var columns: Int { get }
  /// Writes one row, [columns].
  func draw(_ place: RandomPlace, into row: UnsafeMutablePointer<Value>)
}

extension RandomStream {
  /// One draw.
  public func draw<D: Distribution>(
    _ distribution: D, step: UInt32 = 0, row: Int, column: Int = 0
  ) -> D.Value {
    var words = words(of: D.kind, step: step, row: row, column: column)
    return distribution.draw(&words)
  }

  /// Writes draws for some rows to out[rows.count, columns].
  public func draw<D: Distribution>(
    _ distribution: D, step: UInt32 = 0, rows: Range<Int>, columns: Int,
    into out: UnsafeMutablePointer<D.Value>
  ) {
    for (index, row) in rows.enumerated() {
      for column in 0..<columns {
        let value = draw(distribution, step: step, row: row, column: column)
        (out + index * columns + column).initialize(to: value)
      }
    }
  }

  /// Draws for some rows, [rows.count, columns].
  public func draw<D: Distribution>(
    _ distribution: D, step: UInt32 = 0, rows: Range<Int>, columns: Int = 1
  ) -> [D.Value] {
    filled(rows.count * columns) {
      draw(distribution, step: step, rows: rows, columns: columns, into: $0)
    }
  }

  /// Writes some rows to out[rows.count, distribution.columns].
  public func draw<D: RowDistribution>(
    _ distribution: D, step: UInt32 = 0, rows: Range<Int>, into out: UnsafeMutablePointer<D.Value>
  ) {
    for (index, row) in rows.enumerated() {
      distribution.draw(place(D.kind, step, row), into: out + index * distribution.columns)
    }
  }

  /// Some rows, [rows.count, distribution.columns].
  public func draw<D: RowDistribution>(
    _ distribution: D, step: UInt32 = 0, rows: Range<Int>
  ) -> [D.Value] {
    filled(rows.count * distribution.columns) {
      draw(distribution, step: step, rows: rows, into: $0)
    }
  }

  /// The words of one place, for draws that a program makes of its own.
  public func words(
    of kind: RandomKind, step: UInt32 = 0, row: Int, column: Int = 0
  ) -> RandomWords {
    place(kind, step, row).words(column: column)
  }

  private func place(_ kind: RandomKind, _ step: UInt32, _ row: Int) -> RandomPlace {
    RandomPlace(stream: self, kind: kind, step: step, row: row)
  }
}

private func filled<Value>(
  _ count: Int, _ body: (UnsafeMutablePointer<Value>) -> Void
) -> [Value] {
  [Value](unsafeUninitializedCapacity: count) { buffer, initialized in
    if let start = buffer.baseAddress { body(start) }
    initialized = count
  }
}
