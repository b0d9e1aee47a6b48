// Adjacent rows of C over one run of columns: the registers of a tile. Blocks of more rows are put
// together from smaller ones; once inlined, nothing but the registers is left.

/// Some rows of C over a run of columns.
protocol RowBlock: BitwiseCopyable {
  associatedtype Columns: ColumnVector
  /// Rows in the block.
  static var rows: Int { get }
  init()
  /// Reads the rows, `stride` elements apart.
  mutating func load(
    _ p: UnsafePointer<Columns.Scalar>, _ stride: Int, _ edge: some ColumnEdge)
  /// Writes the rows, `stride` elements apart.
  func store(_ p: UnsafeMutablePointer<Columns.Scalar>, _ stride: Int, _ edge: some ColumnEdge)
  /// Each row += its element of a column of A times a row of B.
  mutating func accumulate(_ a: UnsafePointer<Columns.Scalar>, _ stride: Int, _ b: Columns)
  /// Each row times another, these `stride` elements apart.
  mutating func multiply(
    _ p: UnsafePointer<Columns.Scalar>, _ stride: Int, _ edge: some ColumnEdge)
  /// Asks for rows that are read soon.
  static func prefetch(_ p: UnsafePointer<Columns.Scalar>, _ stride: Int)
}

/// One row.
struct OneRow<Columns: ColumnVector>: RowBlock {
  var sum = Columns()
  static var rows: Int { 1 }

  @inline(__always) mutating func load(
    _ p: UnsafePointer<Columns.Scalar>, _ stride: Int, _ edge: some ColumnEdge
  ) {
    sum = edge.load(p)
  }
  @inline(__always) func store(
    _ p: UnsafeMutablePointer<Columns.Scalar>, _ stride: Int, _ edge: some ColumnEdge
  ) {
    edge.store(sum, p)
  }
  @inline(__always) mutating func accumulate(
    _ a: UnsafePointer<Columns.Scalar>, _ stride: Int, _ b: Columns
  ) {
    sum.accumulate(a.pointee, b)
  }
  @inline(__always) mutating func multiply(
    _ p: UnsafePointer<Columns.Scalar>, _ stride: Int, _ edge: some ColumnEdge
  ) {
    sum.multiply(edge.load(p))
  }
  @inline(__always) static func prefetch(_ p: UnsafePointer<Columns.Scalar>, _ stride: Int) {
    Columns.prefetch(p)
  }
}

/// One block on another.
struct Stacked<Upper: RowBlock, Lower: RowBlock>: RowBlock where Upper.Columns == Lower.Columns {
  typealias Columns = Upper.Columns
  var upper = Upper(), lower = Lower()
  static var rows: Int { Upper.rows + Lower.rows }

  @inline(__always) mutating func load(
    _ p: UnsafePointer<Columns.Scalar>, _ stride: Int, _ edge: some ColumnEdge
  ) {
    upper.load(p, stride, edge)
    lower.load(p + Upper.rows &* stride, stride, edge)
  }
  @inline(__always) func store(
    _ p: UnsafeMutablePointer<Columns.Scalar>, _ stride: Int, _ edge: some ColumnEdge
  ) {
    upper.store(p, stride, edge)
    lower.store(p + Upper.rows &* stride, stride, edge)
  }
  @inline(__always) mutating func accumulate(
    _ a: UnsafePointer<Columns.Scalar>, _ stride: Int, _ b: Columns
  ) {
    upper.accumulate(a, stride, b)
    lower.accumulate(a + Upper.rows &* stride, stride, b)
  }
  @inline(__always) mutating func multiply(
    _ p: UnsafePointer<Columns.Scalar>, _ stride: Int, _ edge: some ColumnEdge
  ) {
    upper.multiply(p, stride, edge)
    lower.multiply(p + Upper.rows &* stride, stride, edge)
  }
  @inline(__always) static func prefetch(_ p: UnsafePointer<Columns.Scalar>, _ stride: Int) {
    Upper.prefetch(p, stride)
    Lower.prefetch(p + Upper.rows &* stride, stride)
  }
}

typealias TwoRows<Columns: ColumnVector> = Stacked<OneRow<Columns>, OneRow<Columns>>
typealias FourRows<Columns: ColumnVector> = Stacked<TwoRows<Columns>, TwoRows<Columns>>
typealias SixRows<Columns: ColumnVector> = Stacked<FourRows<Columns>, TwoRows<Columns>>
typealias TwelveRows<Columns: ColumnVector> = Stacked<SixRows<Columns>, SixRows<Columns>>
