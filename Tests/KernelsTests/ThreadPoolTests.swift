import Kernels
import Synchronization
import Testing

/// How often each index was done, and whether a worker was ever in two places.
final class Tally: Sendable {
  private struct Counts {
    var done: [Int]
    var isBusy: [Bool]
    var collisions = 0
  }
  private let counts: Mutex<Counts>

  init(_ count: Int, threads: Int) {
    counts = Mutex(
      Counts(
        done: .init(repeating: 0, count: count), isBusy: .init(repeating: false, count: threads)))
  }

  func note(_ index: Int, _ worker: Int) {
    counts.withLock {
      if $0.isBusy[worker] { $0.collisions += 1 }
      $0.isBusy[worker] = true
    }
    counts.withLock {
      $0.done[index] += 1
      $0.isBusy[worker] = false
    }
  }

  var isPerfect: Bool { counts.withLock { $0.collisions == 0 && $0.done.allSatisfy { $0 == 1 } } }
}

@Suite("A thread pool")
struct ThreadPoolTests {
  static let pools = [1, 2, 3, 5, 8].map { ThreadPool(threads: $0) }

  @Test("does each piece once", arguments: [0, 1, 2, 3, 7, 8, 9, 64, 1000])
  func once(_ count: Int) {
    for pool in Self.pools {
      let tally = Tally(count, threads: pool.threads)
      pool.run(count) { tally.note($0, $1) }
      #expect(tally.isPerfect, "\(pool.threads) threads")
    }
  }

  @Test("has all pieces done when it returns, ten thousand times", arguments: [2, 3, 8])
  func hammering(_ threads: Int) {
    guard let pool = Self.pools.first(where: { $0.threads == threads }) else { return }
    let sum = Atomic<Int>(0)
    var expected = 0
    for round in 0..<10_000 {
      let count = round % 5
      pool.run(count) { index, _ in sum.add(index + 1, ordering: .relaxed) }
      expected += count * (count + 1) / 2
      if sum.load(ordering: .relaxed) != expected { break }
    }
    #expect(sum.load(ordering: .relaxed) == expected)
  }

  @Test("serves several callers at once, one after the other")
  func callers() async {
    let pool = Self.pools[2]
    await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<4 {
        group.addTask {
          (0..<50).allSatisfy { _ in
            let tally = Tally(20, threads: pool.threads)
            pool.run(20) { tally.note($0, $1) }
            return tally.isPerfect
          }
        }
      }
      for await isPerfect in group { #expect(isPerfect) }
    }
  }

  @Test("may be used again from within a piece", arguments: [1, 2, 5])
  func nesting(_ threads: Int) {
    guard let pool = Self.pools.first(where: { $0.threads == threads }) else { return }
    let done = Atomic<Int>(0)
    for _ in 0..<100 {
      pool.run(4) { _, _ in pool.run(3) { index, _ in done.add(index, ordering: .relaxed) } }
    }
    #expect(done.load(ordering: .relaxed) == 100 * 4 * 3)
    let tally = Tally(20, threads: threads)
    pool.run(20) { tally.note($0, $1) }
    #expect(tally.isPerfect)
  }

  @Test("has at least one thread")
  func least() { #expect(ThreadPool(threads: 0).threads == 1) }
}
