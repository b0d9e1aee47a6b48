/// What actions are worth.
public protocol Critic: Sendable {
  /// Writes Q(s, a) - V(s), [rows], and its gradient by a where it is wanted, [rows, A].
  func advantages(
    _ rows: CriticRows, into out: UnsafeMutablePointer<Float>, slopes: UnsafeMutablePointer<Float>?)
}

/// Pairs of a state and an action.
public struct CriticRows {
  /// The states as networks see them, [count, S].
  public let features: UnsafePointer<Float>
  /// The actions, [count, A].
  public let actions: UnsafePointer<Float>
  /// How many.
  public let count: Int

  /// Names rows.
  public init(
    features: UnsafePointer<Float>, actions: UnsafePointer<Float>, count: Int
  ) {
    (self.features, self.actions, self.count) = (features, actions, count)
  }
}
