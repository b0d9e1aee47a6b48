import CTightrope
import Storage
import Training

/// A C listener as a listener of training, and as the poll of other long calls.
final class CListener: TrainingListener {
  private static let interval = Duration.milliseconds(50)
  private let listener: tightrope_listener
  private let clock = ContinuousClock()
  private var lastPoll: ContinuousClock.Instant?

  init(_ listener: UnsafePointer<tightrope_listener>?) {
    self.listener = listener?.pointee ?? tightrope_listener()
  }

  func receive(_ event: TrainingEvent) throws {
    guard let callback = listener.event else { return }
    let code = try ConfigEncoder().encode(event: event).compact.withCString {
      callback($0, listener.payload)
    }
    if code != 0 { throw CallbackStatus(code: code, callback: "event") }
  }

  func poll() throws {
    guard let callback = listener.poll else { return }
    let now = clock.now
    if let lastPoll, lastPoll.duration(to: now) < Self.interval { return }
    lastPoll = now
    let code = callback(listener.payload)
    if code != 0 { throw CallbackStatus(code: code, callback: "poll") }
  }
}

extension ConfigEncoder {
  /// An event as an object with its kind under `event`.
  func encode(event: TrainingEvent) throws -> JSONValue {
    switch event {
    case .started(let from, let to):
      ["event": "started", "from": .integer(Int64(from)), "to": .integer(Int64(to))]
    case .step(let report):
      .object(
        JSONObject(
          [("event", JSONValue.string("step"))]
            + (try encode(report).object?.entries.map { ($0.key, $0.value) } ?? [])))
    case .checkpoint(let step, let path):
      ["event": "checkpoint", "step": .integer(Int64(step)), "path": .string(path)]
    case .finished(let step): ["event": "finished", "step": .integer(Int64(step))]
    }
  }
}
