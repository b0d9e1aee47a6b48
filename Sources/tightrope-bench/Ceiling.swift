import Kernels

/// Operations per second of multiply-adds that stay in registers, on each number of threads.
///
/// Measured once and in the same process as what is compared with it; the best of several, because it
/// is a bound.
final class Ceiling {
  /// Numbers that the loop reads and writes, for each thread.
  private static let numbers = 384

  private var known: [Int: Double] = [:]

  /// Operations per second of all threads of a pool together.
  func rate(of pool: ThreadPool) -> Double {
    if let rate = known[pool.threads] { return rate }
    let rate = (0..<20).map { _ in measure(pool) }.max() ?? 0
    known[pool.threads] = rate
    return rate
  }

  private func measure(_ pool: ThreadPool) -> Double {
    let buffers = filled(Self.numbers * pool.threads)
    defer { buffers.deallocate() }
    let kernels = InstructionSet.active.kernels
    var operations = 0
    let time = seconds {
      pool.run(pool.threads) { index, _ in
        let done = kernels.multiplyAdds(rounds: 400_000, buffers + Self.numbers * index)
        if index == 0 { operations = done * pool.threads }
      }
    }
    return Double(operations) / time
  }
}

/// A buffer of moderate numbers, for the caller to free.
func filled(_ count: Int) -> UnsafeMutablePointer<Float> {
  let buffer = UnsafeMutablePointer<Float>.allocate(capacity: count)
  for i in 0..<count { buffer[i] = Float(i % 17) * 0.1 + 0.05 }
  return buffer
}
