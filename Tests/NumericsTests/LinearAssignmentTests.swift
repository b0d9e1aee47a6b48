import Numerics
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

  /// With squared distances in one dimension the n-th least go together.
  @Test("matches sorted numbers on a line", arguments: [1, 5, 64, 257])
  func line(_ n: Int) {
    let x = spread(2 * n, seed: 5).map { Double($0) }
    let (from, to) = (Array(x[..<n]), Array(x[n...]))
    let cost = (0..<n * n).map { (from[$0 / n] - to[$0 % n]) * (from[$0 / n] - to[$0 % n]) }
    let least = zip(from.sorted(), to.sorted()).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    check(cost, n, is: least)
  }

  @Test("ends with some matching for costs that are not finite", arguments: 0..<4)
  func notFinite(_ kind: Int) {
    for n in 1..<9 {
      var cost = Costs.random.matrix(n, 3)
      for index in cost.indices where kind == 3 || index % (2 + kind) == 0 {
        cost[index] = kind == 2 ? -.infinity : kind == 1 ? .infinity : .nan
      }
      #expect(LinearAssignment(cost, count: n).columnOfRow.sorted() == Array(0..<n))
    }
  }
}
