import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#endif

// The only things done in a signal handler are an atomic exchange and `_exit`.

/// The signal that asked the program to stop; 0 for none.
private let request = Atomic<Int32>(0)

/// Requests to stop that arrive as signals: Ctrl-C, `kill`, the end of a session.
enum Interruption {
  /// Makes the first signal a request that `check` finds; a second one ends the process at once.
  static func becomeRequests() {
    _ = request.load(ordering: .relaxed)
    handle { number in
      if request.exchange(number, ordering: .relaxed) != 0 { _exit(128 + number) }
    }
  }

  /// Makes a signal end the process at once with its status, where there is nothing to save.
  static func endProcess() { handle { number in _exit(128 + number) } }

  /// Throws `Stopped` after a request.
  static func check() throws {
    let number = request.load(ordering: .relaxed)
    if number != 0 { throw Stopped(signal: number) }
  }

  private static func handle(_ handler: @escaping @convention(c) (Int32) -> Void) {
    unblock()
    signal(SIGINT, handler)
    signal(SIGTERM, handler)
    // `nohup` ignores this one, and must keep working.
    if unsafeBitCast(signal(SIGHUP, handler), to: Int.self) == ignored { signal(SIGHUP, SIG_IGN) }
  }

  /// Lets signals in that whoever started the program had blocked in its own thread.
  private static func unblock() {
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&signals, number) }
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  }

  private static let ignored = unsafeBitCast(SIG_IGN, to: Int.self)
}
