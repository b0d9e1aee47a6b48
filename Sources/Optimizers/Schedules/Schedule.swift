/// A factor on all learning rates that changes from step to step.
///
/// Most are closed forms of the step; one that learns from losses keeps that in its state.
public protocol Schedule: Sendable {
  /// The factor after `done` of `steps` steps, 1 for the full rates.
  func factor(after done: Int, of steps: Int) -> Double

  /// Takes note of the loss of the step that followed `done` others.
  mutating func observe(_ loss: Double, after done: Int)

  /// What was learned from losses: what a checkpoint keeps. The count never changes.
  var state: [Double] { get set }
}

extension Schedule {
  /// Nothing is noted.
  public mutating func observe(_ loss: Double, after done: Int) {}

  /// Nothing is kept.
  public var state: [Double] {
    get { [] }
    set { precondition(newValue.isEmpty, "a schedule without state was given one") }
  }
}

/// The full rates, always.
public struct ConstantRate: Schedule {
  /// The only value.
  public init() {}

  /// 1.
  public func factor(after done: Int, of steps: Int) -> Double { 1 }
}
