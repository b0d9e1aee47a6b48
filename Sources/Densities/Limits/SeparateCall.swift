import Kernels
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// How many calls that were given up are at work.
final class StuckCalls: Sendable {
  let count = Atomic(0)
}

/// One call of a function on a thread of its own, with memory of its own, which outlives whoever waits for it.
final class SeparateCall: @unchecked Sendable {
  private let function: FunctionDensity.Body
  private let count: Int
  private let dimension: Int
  private let x: [Float]
  private let conditions: [Int32]?
  private let values: UnsafeMutablePointer<Float>
  private let score: UnsafeMutablePointer<Float>?
  private let stuck: StuckCalls
  /// Whether threads of the library wait for it.
  private let isInsidePiece = ThreadPool.isInsidePiece

  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let finished = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  // Guarded by `mutex`.
  private var outcome: Result<Void, any Error>?
  private var isGivenUp = false

  /// Copies the points.
  init(
    _ function: @escaping FunctionDensity.Body, _ points: Points, wantsScore: Bool,
    _ stuck: StuckCalls
  ) {
    (self.function, self.stuck) = (function, stuck)
    (count, dimension) = (points.count, points.dimension)
    let numbers = count * dimension
    x = Array(UnsafeBufferPointer(start: points.data, count: numbers))
    conditions = points.conditions.map { [count] in
      Array(UnsafeBufferPointer(start: $0, count: count))
    }
    values = .allocate(capacity: count)
    score = wantsScore ? .allocate(capacity: numbers) : nil
    values.initialize(repeating: .nan, count: count)
    score?.initialize(repeating: .nan, count: numbers)
    pthread_mutex_init(mutex, nil)
    initializeSteadily(finished)
  }

  deinit {
    pthread_cond_destroy(finished)
    pthread_mutex_destroy(mutex)
    finished.deallocate()
    mutex.deallocate()
    values.deallocate()
    score?.deallocate()
  }

  /// Calls the function and waits for so many seconds.
  /// - Returns: Whether it has returned; values and score are written then.
  /// - Throws: What the function throws.
  func run(
    seconds: Double, into out: UnsafeMutablePointer<Float>,
    score slope: UnsafeMutablePointer<Float>?
  ) throws -> Bool {
    try start()
    guard let outcome = wait(seconds) else { return false }
    try outcome.get()
    out.update(from: values, count: count)
    if let slope, let score { slope.update(from: score, count: count * dimension) }
    return true
  }

  private func start() throws {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setdetachstate(&attributes, CInt(PTHREAD_CREATE_DETACHED))
    var thread = pthread_t()
    let argument = Unmanaged.passRetained(self)
    guard pthread_create(&thread, &attributes, runCall, argument.toOpaque()) == 0 else {
      argument.release()
      throw NoThread()
    }
  }

  fileprivate func call() {
    ThreadPool.isInsidePiece = isInsidePiece
    let result = Result {
      try x.withUnsafeBufferPointer { x in
        try withConditions { conditions in
          guard let data = x.baseAddress else { return }
          try function(
            Points(data, count: count, dimension: dimension, conditions: conditions), values, score)
        }
      }
    }
    pthread_mutex_lock(mutex)
    outcome = result
    if isGivenUp { stuck.count.subtract(1, ordering: .relaxed) }
    pthread_cond_signal(finished)
    pthread_mutex_unlock(mutex)
  }

  private func withConditions(_ body: (UnsafePointer<Int32>?) throws -> Void) throws {
    guard let conditions else { return try body(nil) }
    try conditions.withUnsafeBufferPointer { try body($0.baseAddress) }
  }

  /// Waits for the outcome, or gives the call up.
  private func wait(_ seconds: Double) -> Result<Void, any Error>? {
    var deadline = momentAfter(seconds)
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while outcome == nil {
      if pthread_cond_timedwait(finished, mutex, &deadline) == ETIMEDOUT { break }
    }
    if outcome == nil {
      isGivenUp = true
      stuck.count.add(1, ordering: .relaxed)
    }
    return outcome
  }
}

/// The system has no thread for a call.
struct NoThread: Error, CustomStringConvertible {
  let description = "the system gave no thread for a call of the density"
}

private func runCall(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  guard let argument else { return nil }
  Unmanaged<SeparateCall>.fromOpaque(argument).takeRetainedValue().call()
  return nil
}

/// Where there is one, the clock of waiting is one that nobody sets.
private func initializeSteadily(_ condition: UnsafeMutablePointer<pthread_cond_t>) {
  #if canImport(Darwin)
    pthread_cond_init(condition, nil)
  #else
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    pthread_cond_init(condition, &attributes)
    pthread_condattr_destroy(&attributes)
  #endif
}

private func momentAfter(_ seconds: Double) -> timespec {
  var moment = timespec()
  #if canImport(Darwin)
    clock_gettime(CLOCK_REALTIME, &moment)
  #else
    clock_gettime(CLOCK_MONOTONIC, &moment)
  #endif
  let whole = seconds.rounded(.down)
  moment.tv_sec += Int(whole)
  moment.tv_nsec += Int((seconds - whole) * 1e9)
  if moment.tv_nsec >= 1_000_000_000 {
    moment.tv_sec += 1
    moment.tv_nsec -= 1_000_000_000
  }
  return moment
}
