import Metrics
import TestSupport
import Testing

/// The cheapest matching by trying all.
private func bruteForce(_ cost: [Double], _ n: Int, row: Int = 0, taken: Set<Int> = []) -> Double {
  guard row < n else { return 0 }
  return (0..<n).filter { !taken.contains($0) }.map {
    cost[row * n + $0] + bruteForce(cost, n, row: row + 1, taken: taken.union([$0]))
  }.min() ?? .infinity
}

/// The cheapest matching by the Hungarian method with potentials, one row after the other.
private func hungarian(_ cost: [Double], _ n: Int) -> Double {
  var (u, v) = ([Double](repeating: 0, count: n + 1), [Double](repeating: 0, count: n + 1))
  var (match, way) = ([Int](repeating: 0, count: n + 1), [Int](repeating: 0, count: n + 1))
  for i in 1..<n + 1 {
    match[0] = i
    var j0 = 0
    var least = [Double](repeating: .infinity, count: n + 1)
    var used = [Bool](repeating: false, count: n + 1)
    repeat {
      used[j0] = true
      var (delta, j1) = (Double.infinity, 0)
      for j in 1..<n + 1 where !used[j] {
        let reduced = cost[(match[j0] - 1) * n + j - 1] - u[match[j0]] - v[j]
        if reduced < least[j] { (least[j], way[j]) = (reduced, j0) }
        if least[j] < delta { (delta, j1) = (least[j], j) }
      }
      for j in 0..<n + 1 {
        if used[j] {
          u[match[j]] += delta
          v[j] -= delta
        } else {
          least[j] -= delta
        }
      }
      j0 = j1
    } while match[j0] != 0
    while j0 != 0 {
      (match[j0], j0) = (match[way[j0]], way[j0])
    }
  }
  return (1..<n + 1).reduce(0) { $0 + cost[(match[$1] - 1) * n + $1 - 1] }
}

/// A family of cost matrices.
enum Costs: String, CaseIterable, Sendable {
  case random, ties, constant, equalRows, equalColumns, negative, large, rankOne, distances

  func matrix(_ n: Int, _ seed: UInt64) -> [Double] {
    let x = spread(n * n, seed: seed, scale: 1).map { Double($0) }
    let row = Array(x.prefix(n))
    func at(_ f: (_ i: Int, _ j: Int) -> Double) -> [Double] {
      (0..<n * n).map { f($0 / n, $0 % n) }
    }
    return switch self {
    case .random: x
    case .ties: x.map { ($0 * 2).rounded() }
    case .constant: x.map { _ in 3 }
    case .equalRows: at { _, j in row[j] }
    case .equalColumns: at { i, _ in row[i] }
    case .negative: x.map { $0 - 10 }
    case .large: x.map { $0 * 1e12 }
    case .rankOne: at { i, j in Double((i + 1) * (j + 1)) }
    case .distances: at { i, j in (row[i] - x[j * n]) * (row[i] - x[j * n]) }
    }
  }
}

@Suite("A linear assignment")
struct LinearAssignmentTests {
  func check(_ cost: [Double], _ n: Int, is least: Double) {
    let solution = LinearAssignment(cost, count: n)
    #expect(solution.columnOfRow.sorted() == Array(0..<n))
    let scale = cost.reduce(1) { max($0, $1.magnitude) }
    expect(solution.total(cost), equals: least, within: .absolute(1e-12 * scale * Double(n)))
  }

  @Test("is the cheapest of all matchings", arguments: Costs.allCases, 0..<7)
  func small(_ costs: Costs, _ n: Int) {
    for seed in 0..<UInt64(n > 5 ? 2 : 20) {
      let cost = costs.matrix(n, seed)
      check(cost, n, is: bruteForce(cost, n))
    }
  }

  @Test("costs what the Hungarian method finds", arguments: Costs.allCases, [8, 13, 30, 60])
  func medium(_ costs: Costs, _ n: Int) {
    for seed in 0..<UInt64(n > 30 ? 2 : 5) {
      let cost = costs.matrix(n, seed)
      check(cost, n, is: hungarian(cost, n))
    }
  }
}

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

  @Test("is judged by its ratio to the floor")
  func verdicts() {
    let verdicts = [1.0, 2, 4].map { wasserstein2Metric($0, floors: [0.9, 1.1], count: 9).verdict }
    #expect(verdicts == [.ok, .warn, .fail])
  }
}
