import CProcessor
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Numbered pieces of work for a pool, without a closure that would have to be made each time.
public protocol PooledWork: AnyObject {
  /// Does a piece; `worker` is below the pool's threads and no two calls with the same one overlap.
  func piece(_ index: Int, _ worker: Int)
}

/// Threads that share out numbered pieces of work.
///
/// The one place where the library runs in parallel. A piece is done by one thread from start to
/// finish; which thread takes it must not matter to the result, and does not as long as a
/// piece writes only what belongs to it. The calling thread works too, so a pool of one thread is
/// a plain loop. A piece may run the pool again (a user's callback may do anything): that is a plain
/// loop, too.
public final class ThreadPool: @unchecked Sendable {
  /// The pool of the process, with `TIGHTROPE_NUM_THREADS` threads or one per processor.
  public static let shared = ThreadPool(threads: requestedThreads() ?? processors)

  /// The number of processors that this process may use.
  public static let processors = Int(processors_allowed())

  /// Number of threads, the caller's included.
  public let threads: Int

  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let started = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private let finished = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private let caller = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

  /// The process in which the threads are: a fork has none of them.
  private let process: Atomic<Int32>

  // Guarded by `mutex`.
  private var work: (any PooledWork)?
  private var next = 0
  private var count = 0
  private var busy = 0
  private var generation: UInt64 = 0

  /// Starts the threads; they live as long as the process.
  public init(threads: Int) {
    self.threads = max(1, threads)
    process = Atomic(getpid())
    begin()
  }

  /// A pool with threads is held by them and never comes here.
  deinit {
    mutex.deallocate()
    started.deallocate()
    finished.deallocate()
    caller.deallocate()
  }

  private func begin() {
    pthread_mutex_init(mutex, nil)
    pthread_mutex_init(caller, nil)
    pthread_cond_init(started, nil)
    pthread_cond_init(finished, nil)
    for worker in 1..<max(2, threads) where worker < threads { start(worker) }
  }

  /// Starts threads anew in a process that was forked from the one that had them; a fork has one thread, so
  /// no other is on its way in here.
  private func beginAfterFork() {
    let (former, present) = (process.load(ordering: .relaxed), getpid())
    guard former != present else { return }
    let isFirst = process.compareExchange(
      expected: former, desired: present, ordering: .relaxed)
    guard isFirst.exchanged else { return }
    (work, next, count, busy, generation) = (nil, 0, 0, 0, 0)
    begin()
  }

  /// Calls `body` once for each index below `count`, on all threads, and returns when all are done.
  /// - Parameters:
  ///   - count: The number of pieces.
  ///   - body: The work; `worker` is below `threads` and no two calls with the same one overlap.
  public func run(_ count: Int, _ body: (_ index: Int, _ worker: Int) -> Void) {
    if Self.isInsidePiece {
      for index in 0..<count { body(index, 0) }
      return
    }
    withoutActuallyEscaping(body) { escapable in
      let work = ClosureWork(escapable)
      run(count, work) {}
      // A thread that woke late may hold the object a moment longer; the closure must not be in it.
      work.body = nil
    }
  }

  /// Does all pieces of work on all threads and returns when all are done; allocates nothing.
  /// - Parameter between: Called on the calling thread before each piece that it does itself.
  public func run(_ count: Int, _ work: any PooledWork, between: () -> Void) {
    if Self.isInsidePiece {
      for index in 0..<count { work.piece(index, 0) }
      return
    }
    beginAfterFork()
    pthread_mutex_lock(caller)
    defer { pthread_mutex_unlock(caller) }
    guard threads > 1, count > 1 else {
      Self.isInsidePiece = true
      for index in 0..<count {
        between()
        work.piece(index, 0)
      }
      Self.isInsidePiece = false
      return
    }
    share(count, work, between)
  }

  /// Offers the pieces to all threads, takes part, and waits for the last.
  private func share(_ count: Int, _ work: any PooledWork, _ between: () -> Void) {
    pthread_mutex_lock(mutex)
    (self.work, next, self.count, busy) = (work, 0, count, 0)
    generation &+= 1
    pthread_cond_broadcast(started)
    takePieces(as: 0, work, between)
    while busy > 0 { pthread_cond_wait(finished, mutex) }
    self.work = nil
    pthread_mutex_unlock(mutex)
  }

  /// Takes pieces until none is left; called and returns with the mutex held.
  private func takePieces(as worker: Int, _ work: any PooledWork, _ between: () -> Void) {
    busy += 1
    while next < count {
      let index = next
      next += 1
      pthread_mutex_unlock(mutex)
      Self.isInsidePiece = true
      between()
      work.piece(index, worker)
      Self.isInsidePiece = false
      pthread_mutex_lock(mutex)
    }
    busy -= 1
    if busy == 0 { pthread_cond_signal(finished) }
  }

  private func work(as worker: Int) {
    var seen: UInt64 = 0
    pthread_mutex_lock(mutex)
    while true {
      while generation == seen || work == nil { pthread_cond_wait(started, mutex) }
      seen = generation
      if let work { takePieces(as: worker, work) {} }
    }
  }

  private func start(_ worker: Int) {
    let argument = Unmanaged.passRetained(WorkerArgument(pool: self, worker: worker))
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setdetachstate(&attributes, CInt(PTHREAD_CREATE_DETACHED))
    var thread = pthread_t()
    pthread_create(&thread, &attributes, runWorker, argument.toOpaque())
    pthread_attr_destroy(&attributes)
  }

  fileprivate final class WorkerArgument {
    let pool: ThreadPool
    let worker: Int
    init(pool: ThreadPool, worker: Int) {
      self.pool = pool
      self.worker = worker
    }
    func run() { pool.work(as: worker) }
  }
}

/// A closure as work; emptied once it is done.
private final class ClosureWork: PooledWork {
  var body: ((_ index: Int, _ worker: Int) -> Void)?
  init(_ body: @escaping (_ index: Int, _ worker: Int) -> Void) { self.body = body }
  func piece(_ index: Int, _ worker: Int) { body?(index, worker) }
}

private func runWorker(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  guard let argument else { return nil }
  Unmanaged<ThreadPool.WorkerArgument>.fromOpaque(argument).takeRetainedValue().run()
  return nil
}

extension ThreadPool {
  /// Whether this thread is at work on a piece of any pool, or on something that a piece waits for.
  ///
  /// Whoever starts a thread and waits for it hands this on: else that thread might wait for the pool,
  /// which waits for the piece.
  public static var isInsidePiece: Bool {
    get { pthread_getspecific(insideKey) != nil }
    set { pthread_setspecific(insideKey, newValue ? UnsafeRawPointer(bitPattern: 1) : nil) }
  }
}

private let insideKey: pthread_key_t = {
  var key = pthread_key_t()
  pthread_key_create(&key, nil)
  return key
}()

/// `TIGHTROPE_NUM_THREADS` where it is a whole number from 1 to 1024.
private func requestedThreads() -> Int? {
  guard let text = getenv("TIGHTROPE_NUM_THREADS"), let number = Int(String(cString: text)) else {
    return nil
  }
  return (1...1024).contains(number) ? number : nil
}

extension ThreadPool {
  /// What is wrong with `TIGHTROPE_NUM_THREADS`, or nil.
  public static var selectionProblem: String? {
    guard let text = getenv("TIGHTROPE_NUM_THREADS") else { return nil }
    let value = String(cString: text)
    if value.isEmpty || requestedThreads() != nil { return nil }
    return "TIGHTROPE_NUM_THREADS is '\(value)'; it must be a whole number from 1 to 1024"
  }
}
