// How the columns of a matrix are cut into runs that fit in registers.

/// A loop over all rows of a run of columns.
protocol ColumnPanels {
  /// Does the columns from j on that are in a vector and within the edge.
  func panel<V: ColumnVector>(_ j: Int, _ edge: some ColumnEdge, _: V.Type)
  where V.Scalar == Float
}

extension ColumnPanels {
  /// Does all columns: the widest runs first, a partial one last.
  @inline(__always) func forEachPanel(columns: Int) {
    var j = 0
    #if WIDE_REGISTERS
      while j &+ 64 <= columns {
        panel(j, AllColumns(), Twice<Twice<Lanes>>.self)
        j &+= 64
      }
      if j &+ 32 <= columns {
        panel(j, AllColumns(), Twice<Lanes>.self)
        j &+= 32
      }
    #endif
    while j &+ 16 <= columns {
      panel(j, AllColumns(), Lanes.self)
      j &+= 16
    }
    if j < columns { panel(j, FirstColumns(count: columns &- j), Lanes.self) }
  }
}
