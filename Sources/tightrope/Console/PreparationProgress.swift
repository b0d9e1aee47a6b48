import Synchronization
import Tasks

/// Shows training that a density waits for, where it takes more than an instant, and passes on requests to stop.
final class PreparationProgress: Sendable {
  private let isQuiet: Bool
  private let pace = Mutex(Pace())

  /// - Parameter isQuiet: Requests to stop only.
  init(isQuiet: Bool) { self.isQuiet = isQuiet }

  /// - Throws: `Stopped` after a request.
  func receive(_ preparation: Preparation) throws {
    if !isQuiet { pace.withLock { show(preparation, &$0) } }
    do { try Interruption.check() } catch {
      leaveLine()
      throw error
    }
  }

  private func show(_ preparation: Preparation, _ pace: inout Pace) {
    let (step, steps) = (preparation.step, preparation.steps)
    if step == 1 { pace.begin() }
    if step == steps { return leaveLine() }
    let isInteractive = Terminal.messages.isInteractive
    guard pace.isDue(every: isInteractive ? .milliseconds(200) : .seconds(10)) else { return }
    let text = "first the \(preparation.subject): step \(step)/\(steps)"
    if isInteractive { tightrope.show("\r" + text + "\u{1B}[K") } else { tell(text) }
  }

  private func leaveLine() {
    if Terminal.messages.isInteractive, !isQuiet { tightrope.show("\r\u{1B}[K") }
  }
}
