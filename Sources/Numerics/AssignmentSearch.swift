/// The working memory and the steps of one linear assignment.
struct AssignmentSearch {
  private let cost: UnsafePointer<Double>
  private let n: Int
  private let columnOfRow: UnsafeMutablePointer<Int>
  private let rowOfColumn: UnsafeMutablePointer<Int>
  private let price: UnsafeMutablePointer<Double>
  /// The prices, -∞ for settled columns, whose reduced costs are thus infinite.
  private let openPrice: UnsafeMutablePointer<Double>
  /// The lengths of the shortest paths to columns that are not settled, ∞ for the others.
  private let distance: UnsafeMutablePointer<Double>
  /// The row before each column on its shortest path.
  private let predecessor: UnsafeMutablePointer<Int>
  private let settled: UnsafeMutablePointer<(column: Int, distance: Double)>

  /// Borrows the costs, [n, n].
  init(_ cost: UnsafePointer<Double>, count n: Int) {
    (self.cost, self.n) = (cost, n)
    (columnOfRow, rowOfColumn) = (.allocate(capacity: n), .allocate(capacity: n))
    (price, openPrice) = (.allocate(capacity: n), .allocate(capacity: n))
    (distance, predecessor) = (.allocate(capacity: n), .allocate(capacity: n))
    settled = .allocate(capacity: n)
    columnOfRow.initialize(repeating: -1, count: n)
  }

  func deallocate() {
    for memory in [columnOfRow, rowOfColumn, predecessor] { memory.deallocate() }
    for memory in [price, openPrice, distance] { memory.deallocate() }
    settled.deallocate()
  }

  /// The column of each row in the cheapest matching, and the price of each column.
  func solve() -> (columns: [Int], prices: [Double]) {
    reduceColumns()
    var free = (0..<n).filter { columnOfRow[$0] < 0 }
    for _ in 0..<2 where n > 1 { free = reduceRows(free) }
    for row in free { augment(from: row) }
    return (
      Array(UnsafeBufferPointer(start: columnOfRow, count: n)),
      Array(UnsafeBufferPointer(start: price, count: n))
    )
  }

  private func match(_ row: Int, _ column: Int) {
    columnOfRow[row] = column
    rowOfColumn[column] = row
  }

  /// Prices each column at its cheapest row, and matches them where that row is still free.
  private func reduceColumns() {
    price.update(from: cost, count: n)
    rowOfColumn.initialize(repeating: 0, count: n)
    for i in 1..<max(1, n) {
      let row = cost + i * n
      for j in 0..<n where row[j] < price[j] { (price[j], rowOfColumn[j]) = (row[j], i) }
    }
    for j in stride(from: n - 1, through: 0, by: -1) {
      let cheapest = rowOfColumn[j]
      rowOfColumn[j] = -1
      if columnOfRow[cheapest] < 0 { match(cheapest, j) }
    }
  }

  /// Lets each free row take its cheapest column and lower that price as far as the second
  /// cheapest allows; returns the rows that are free afterwards.
  private func reduceRows(_ rows: [Int]) -> [Int] {
    var waiting = rows
    var left: [Int] = []
    var position = 0
    var budget = 4 * n
    while position < waiting.count {
      let i = waiting[position]
      position += 1
      let (first, second, cheapest, other) = twoCheapest(i)
      let gap = second - first
      let taken = gap <= 0 && rowOfColumn[cheapest] >= 0 ? other : cheapest
      let displaced = rowOfColumn[taken]
      if gap > 0 { price[taken] -= gap }
      match(i, taken)
      guard displaced >= 0 else { continue }
      columnOfRow[displaced] = -1
      budget -= 1
      if gap > 0 && budget > 0 {
        position -= 1
        waiting[position] = displaced
      } else {
        left.append(displaced)
      }
    }
    return left
  }

  private func twoCheapest(
    _ i: Int
  ) -> (first: Double, second: Double, cheapest: Int, other: Int) {
    var (first, second) = (Double.infinity, Double.infinity)
    var (cheapest, other) = (0, 0)
    let row = cost + i * n
    for j in 0..<n {
      let reduced = row[j] - price[j]
      guard reduced < second else { continue }
      if reduced < first {
        (second, other) = (first, cheapest)
        (first, cheapest) = (reduced, j)
      } else {
        (second, other) = (reduced, j)
      }
    }
    return (first, second, cheapest, other)
  }

  /// Matches one free row along a shortest alternating path and updates the prices.
  private func augment(from start: Int) {
    openPrice.update(from: price, count: n)
    distance.initialize(repeating: .infinity, count: n)
    predecessor.initialize(repeating: start, count: n)
    var (row, length, count) = (start, 0.0, 0)
    while true {
      let j = relax(row, length)
      let reached = distance[j]
      guard reached < .infinity, rowOfColumn[j] >= 0 else {
        finish(from: start, at: reached < .infinity ? j : firstFreeColumn(), reached, count)
        return
      }
      settled[count] = (j, reached)
      count += 1
      row = rowOfColumn[j]
      length = reached - (cost[row * n + j] - price[j])
      (openPrice[j], distance[j]) = (-.infinity, .infinity)
    }
  }

  /// There is one while a row is free.
  private func firstFreeColumn() -> Int { (0..<n).first { rowOfColumn[$0] < 0 } ?? 0 }

  private func finish(from start: Int, at end: Int, _ reached: Double, _ count: Int) {
    for k in 0..<count { price[settled[k].column] += settled[k].distance - reached }
    var column = end
    while true {
      let i = predecessor[column]
      let next = columnOfRow[i]
      match(i, column)
      if i == start { return }
      column = next
    }
  }
}

// MARK: - The inner loop

extension AssignmentSearch {
  private typealias Lanes = SIMD4<Double>
  private typealias Indices = SIMD4<Int64>

  /// Shortens the paths to all columns by those through `row`, at `length` from the start, and
  /// returns the nearest column that is not settled, the first of several.
  private func relax(_ row: Int, _ length: Double) -> Int {
    let costs = cost + row * n
    var least = Lanes(repeating: .infinity)
    var nearest = Indices()
    var here = Indices(0, 1, 2, 3)
    var k = 0
    while k &+ 4 <= n {
      let path = Lanes(repeating: length) + (load(costs + k) - load(openPrice + k))
      let shortest = shorten(k, path, through: row)
      let isNearer = shortest .< least
      least.replace(with: shortest, where: isNearer)
      nearest.replace(with: here, where: isNearer)
      here &+= Indices(repeating: 4)
      k &+= 4
    }
    var best = (distance: Double.infinity, column: 0)
    for lane in 0..<4 { best = nearer(best, (least[lane], Int(nearest[lane]))) }
    while k < n {
      let path = length + (costs[k] - openPrice[k])
      if path < distance[k] { (distance[k], predecessor[k]) = (path, row) }
      best = nearer(best, (distance[k], k))
      k &+= 1
    }
    return best.column
  }

  /// Replaces the paths to columns k..<k + 4 where these are shorter.
  @inline(__always)
  private func shorten(_ k: Int, _ path: Lanes, through row: Int) -> Lanes {
    let known = load(distance + k)
    let isShorter = path .< known
    let shortest = known.replacing(with: path, where: isShorter)
    UnsafeMutableRawPointer(distance + k).storeBytes(of: shortest, as: Lanes.self)
    let before = UnsafeMutableRawPointer(predecessor + k)
    before.storeBytes(
      of: before.loadUnaligned(as: Indices.self)
        .replacing(with: Indices(repeating: Int64(row)), where: isShorter), as: Indices.self)
    return shortest
  }

  @inline(__always)
  private func load(_ p: UnsafePointer<Double>) -> Lanes {
    UnsafeRawPointer(p).loadUnaligned(as: Lanes.self)
  }

  @inline(__always)
  private func load(_ p: UnsafeMutablePointer<Double>) -> Lanes { load(UnsafePointer(p)) }

  /// The nearer of two columns, the one with the lower number if they are equally near.
  @inline(__always)
  private func nearer(
    _ a: (distance: Double, column: Int), _ b: (distance: Double, column: Int)
  ) -> (distance: Double, column: Int) {
    b.distance < a.distance || b.distance == a.distance && b.column < a.column ? b : a
  }
}
