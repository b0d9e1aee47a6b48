import Synchronization

/// Models that this process trained, so that each is trained once.
final class TrainedOnce<Key: Hashable & Sendable, Model: Sendable>: Sendable {
  private let models = Mutex<[Key: Model]>([:])

  /// The model of a key; whoever asks for another in the meantime waits.
  func model(_ key: Key, _ train: () throws -> Model) throws -> Model {
    try models.withLock { models in
      if let known = models[key] { return known }
      let model = try train()
      models[key] = model
      return model
    }
  }
}
