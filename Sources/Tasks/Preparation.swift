import Synchronization

/// Training that a density waits for: of the decoder, classifier, language model or critics that it is made of.
///
/// It happens where a density is made, and that may be anywhere; so one listener hears of all of it in the process.
public struct Preparation: Sendable {
  /// Hears of each step; what it throws ends the training, and the density is not made.
  public typealias Listener = @Sendable (Preparation) throws -> Void

  /// What learns.
  public let subject: String
  /// Steps taken.
  public private(set) var step = 0
  /// Steps there will be.
  public let steps: Int

  private static let listener = Mutex<Listener?>(nil)

  /// Training that begins.
  init(of subject: String, steps: Int) { (self.subject, self.steps) = (subject, steps) }

  /// Has a listener hear of all training from now on, in place of the one before; nil for none.
  public static func listen(_ new: Listener?) { listener.withLock { $0 = new } }

  /// Counts a step.
  /// - Throws: What the listener throws.
  mutating func advance() throws {
    step += 1
    let listener = Self.listener.withLock { $0 }
    try listener?(self)
  }
}
