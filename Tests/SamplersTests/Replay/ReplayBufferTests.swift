import CAllocations
import Chains
import Densities
import Kernels
import Storage
import TestSupport
import Testing

@testable import Samplers

/// A buffer of points (value, index) in dimension 2.
func replayBuffer(
  _ priority: ReplayPriority, capacity: Int, temperature: Double = 1, flatness: Double = 0.01
) throws -> ReplayBuffer {
  var config = ReplayConfig()
  (config.capacity, config.priority) = (capacity, priority)
  (config.temperature, config.rankFlatness) = (temperature, flatness)
  return try ReplayBuffer(config, dimension: 2)
}

extension ReplayBuffer {
  /// Inserts a point (value, number) with log density value for each value.
  @discardableResult
  func insert(_ values: [Float], from first: Int = 0) -> Int {
    let x = values.enumerated().flatMap { [$1, Float(first + $0)] }
    return x.withUnsafeBufferPointer { points in
      guard let base = points.baseAddress else { return 0 }
      return insert(Points(base, count: values.count, dimension: 2), logDensity: values)
    }
  }

  var heldValues: [Float] { (0..<count).map { logDensity[$0] } }
}

/// Values with ties, on the scale of log densities, of any number.
func replayValues(_ count: Int, seed: UInt64) -> [Float] {
  RandomStream(seed: seed).draw(IntegerBelow(40), rows: 0..<count).map { Float($0) * 0.5 - 12 }
}

@Suite("A replay buffer")
struct ReplayBufferTests {
  static let priorities = ReplayPriority.allCases

  @Test("keeps the last points, whatever the batches", arguments: priorities)
  func ring(_ priority: ReplayPriority) throws {
    let values = replayValues(3 * 37 + 5, seed: 1)
    for batch in [1, 3, 5, 17, 36, 37, 64] {
      let buffer = try replayBuffer(priority, capacity: 37)
      for start in stride(from: 0, to: values.count, by: batch) {
        buffer.insert(Array(values[start..<min(start + batch, values.count)]), from: start)
        #expect(buffer.count == min(37, start + batch, values.count))
      }
      let held = (0..<37).map { Int(buffer.points[2 * $0 + 1]) }
      #expect(held.sorted() == Array(values.count - 37..<values.count))
      #expect(buffer.heldValues == held.map { values[$0] })
    }
  }

  /// The distribution as it is defined, from nothing but what the buffer holds.
  func recomputed(_ priority: ReplayPriority, _ values: [Float], k: Double, t: Double) -> [Double] {
    let n = Double(values.count)
    let weights: [Double]
    switch priority {
    case .uniform: weights = values.map { _ in 1 }
    case .reward:
      let top = Double(values.max() ?? 0)
      weights = values.map { scalarExp((Double($0) - top) / t) }
    case .rank:
      let order = values.indices.sorted { (values[$0], $1) > (values[$1], $0) }
      var ranks = [Double](repeating: 0, count: values.count)
      for (rank, slot) in order.enumerated() { ranks[slot] = Double(rank) }
      weights = ranks.map { 1 / (k * n + $0) }
    }
    let total = priority == .rank ? weights.sorted(by: >).reduce(0, +) : weights.reduce(0, +)
    return weights.map { $0 / total }
  }

  @Test(
    "has, after every insertion, the chances recomputed from its contents", arguments: priorities)
  func distribution(_ priority: ReplayPriority) throws {
    let buffer = try replayBuffer(priority, capacity: 53, temperature: 0.7, flatness: 0.03)
    let values = replayValues(400, seed: 2)
    for (step, start) in stride(from: 0, to: 400, by: 7).enumerated() {
      buffer.insert(Array(values[start..<min(400, start + 1 + step % 7)]))
      let chances = (0..<buffer.count).map { buffer.probability(of: $0) }
      let truth = recomputed(priority, buffer.heldValues, k: 0.03, t: 0.7)
      if priority == .reward {
        expect(chances, equals: truth, within: .relative(1e-13))
      } else {
        #expect(chances == truth)
      }
    }
  }

  @Test("forgets a log density of any height without a trace")
  func heights() throws {
    let buffer = try replayBuffer(.reward, capacity: 4)
    buffer.insert([1e30, 0, -3e5, 2])
    #expect(buffer.probability(of: 0) == 1)
    buffer.insert([-3e5 + 1])
    buffer.insert([-3e5, -3e5, -3e5])
    let total = 3 + scalarExp(1)
    expect(buffer.probability(of: 0), equals: scalarExp(1) / total, within: .relative(1e-14))
    expect(buffer.probability(of: 2), equals: 1 / total, within: .relative(1e-14))
  }

  @Test("draws by its chances", arguments: priorities)
  func frequencies(_ priority: ReplayPriority) throws {
    for (count, flatness) in [(1, 0.01), (2, 0.01), (23, 0.01), (23, 1), (23, 1e-4)] {
      let buffer = try replayBuffer(priority, capacity: 32, temperature: 3, flatness: flatness)
      buffer.insert(replayValues(count, seed: 3))
      let draws = 200_000
      let drawn = try buffer.draw(draws, RandomStream(seed: 4)).points
      var hits = [Double](repeating: 0, count: count)
      for draw in 0..<draws { hits[Int(drawn[2 * draw + 1])] += 1 }
      let distances = (0..<count).map { slot in
        let p = buffer.probability(of: slot)
        let deviation = (p * (1 - p) * Double(draws)).squareRoot()
        return (hits[slot] - p * Double(draws)).magnitude / max(deviation, 1e-9)
      }
      #expect((distances.max() ?? 0) < 4.5, "\(count) points, k = \(flatness)")
    }
  }

  @Test("draws the same for any split of the rows", arguments: priorities)
  func splits(_ priority: ReplayPriority) throws {
    let buffer = try replayBuffer(priority, capacity: 300)
    buffer.insert(replayValues(500, seed: 5))
    let stream = RandomStream(seed: 6)
    let whole = try buffer.draw(257, stream)
    for threads in [1, 2, 3, 5, 8] {
      var points = [Float](repeating: 0, count: 514)
      var values = [Float](repeating: 0, count: 257)
      points.withUnsafeMutableBufferPointer { points in
        values.withUnsafeMutableBufferPointer { values in
          guard let x = points.baseAddress, let y = values.baseAddress else { return }
          ThreadPool(threads: threads).run(9) { piece, _ in
            let rows = 30 * piece..<min(257, 30 * piece + 30)
            try? buffer.draw(
              rows, stream, into: x + 2 * rows.lowerBound, logDensity: y + rows.lowerBound)
          }
        }
      }
      #expect(points == whole.points && values == whole.logDensity)
    }
    #expect(try buffer.draw(257, RandomStream(seed: 7)).points != whole.points)
  }

  @Test("refuses points that are not finite, and says so when it is empty")
  func refusals() throws {
    let buffer = try replayBuffer(.rank, capacity: 8)
    #expect(throws: ReplayError.empty) { try buffer.draw(3, RandomStream(seed: 1)) }
    #expect(buffer.insert([.nan, -.infinity, 1, .infinity, 2]) == 2)
    #expect(buffer.count == 2 && buffer.refused == 3 && buffer.heldValues == [1, 2])
    let x: [Float] = [.nan, 0, 0, .infinity, 3, 3]
    x.withUnsafeBufferPointer {
      if let base = $0.baseAddress {
        buffer.insert(Points(base, count: 3, dimension: 2), logDensity: [1, 1, 1])
      }
    }
    #expect(buffer.count == 3 && buffer.refused == 5)
    #expect("\(ReplayError.empty)".contains("empty"))
    #expect(throws: ConfigError.self) { try ReplayBuffer(dimension: 10_000) }
    for (key, value) in [("capacity", 0.0), ("temperature", 0), ("rank_flatness", -1)] {
      #expect(throws: ConfigError.self) {
        _ = try ReplayBuffer(
          resolve(ReplayConfig(), overrides: [key: JSONValue(value)]), dimension: 2)
      }
    }
  }

  @Test("goes on after saving and loading as if it had not stopped", arguments: priorities)
  func saving(_ priority: ReplayPriority) throws {
    for inserted in [0, 5, 64, 150] {
      let values = replayValues(inserted + 90, seed: 8)
      let buffer = try replayBuffer(priority, capacity: 64)
      buffer.insert(Array(values[..<inserted]) + [.nan])
      var file = SafetensorsFile()
      for tensor in buffer.tensors("replay.") { file[tensor.name] = tensor.array }
      let copy = try replayBuffer(priority, capacity: 64)
      try copy.restore(
        buffer.state, from: SafetensorsFile(parsing: file.serialized(), path: "buffer"),
        prefix: "replay.")
      for each in [buffer, copy] { each.insert(Array(values[inserted...])) }
      #expect(copy.state == buffer.state && copy.refused == 1)
      let (a, b) = try (
        buffer.draw(500, RandomStream(seed: 9)), copy.draw(500, RandomStream(seed: 9))
      )
      #expect(a.points == b.points && a.logDensity == b.logDensity)
    }
  }

  @Test("refuses a saved state that is none of its own")
  func damage() throws {
    let buffer = try replayBuffer(.rank, capacity: 8)
    buffer.insert([1, 2, 3])
    var file = SafetensorsFile()
    for tensor in buffer.tensors("") { file[tensor.name] = tensor.array }
    let good = buffer.state
    var states = [good, good, good, good]
    (states[0].count, states[1].next, states[2].count, states[3].refused) = (4, 2, -1, -1)
    for state in states {
      #expect(throws: StorageError.self) {
        try replayBuffer(.rank, capacity: 8).restore(state, from: file, prefix: "")
      }
    }
    #expect(throws: StorageError.self) {
      try replayBuffer(.rank, capacity: 2).restore(good, from: file, prefix: "")
    }
    #expect(throws: StorageError.self) {
      try replayBuffer(.rank, capacity: 8).restore(good, from: file, prefix: "other.")
    }
  }

  @Test("feeds a local search and takes what it finds")
  func search() throws {
    let density = try densities.entry("25gmm").make([:])
    let buffer = try replayBuffer(.rank, capacity: 1000)
    buffer.insert(replayValues(50, seed: 13))
    var config = LocalSearchConfig()
    (config.steps, config.burnIn) = (40, 20)
    let search = try LocalSearch(config, density, count: 30)
    let starts = try buffer.draw(30, RandomStream(seed: 14)).points
    let found = try starts.withUnsafeBufferPointer {
      let points = Points(try #require($0.baseAddress), count: 30, dimension: 2)
      return try search.run(from: points, stream: RandomStream(seed: 15))
    }
    #expect(buffer.insert(found.points, logDensity: found.logDensity) == 30 * 4)
    #expect(buffer.count == 50 + 30 * 4)
    let newest = 2 * (buffer.count - 1)
    #expect([buffer.points[newest], buffer.points[newest + 1]] == found.points[119])
  }

  @Test("allocates nothing when full", arguments: priorities)
  func allocations(_ priority: ReplayPriority) throws {
    guard allocations_are_counted() != 0 else { return }
    let buffer = try replayBuffer(priority, capacity: 500)
    buffer.insert(replayValues(700, seed: 10))
    let x = replayValues(256, seed: 11)
    var points = [Float](repeating: 0, count: 256)
    var values = [Float](repeating: 0, count: 128)
    let stream = RandomStream(seed: 12)
    try x.withUnsafeBufferPointer { input in
      guard let base = input.baseAddress else { return }
      let before = allocations_of_thread()
      for _ in 0..<5 {
        buffer.insert(Points(base, count: 128, dimension: 2), logDensity: base)
        try buffer.draw(0..<128, stream, into: &points, logDensity: &values)
      }
      #expect(allocations_of_thread() == before)
    }
  }
}
