import Synchronization
import Tensors

/// Tapes for any number of threads at once, made as often as threads meet.
final class SharedTapes: Sendable {
  private struct Idle: @unchecked Sendable { let tape: Tape }
  private let idle = Mutex<[Idle]>([])

  /// Lends an empty tape that records nothing.
  func borrow(_ body: (Tape) -> Void) {
    let known = idle.withLock { $0.popLast() }
    let lent = known ?? Idle(tape: Tape())
    lent.tape.isRecording = false
    lent.tape.reset()
    defer { idle.withLock { $0.append(lent) } }
    body(lent.tape)
  }
}
