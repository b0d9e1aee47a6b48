import Kernels

/// The slots of a replay buffer with the chance of each.
///
/// What is known of the slots is a function of what they hold, never of how they came to hold it: a
/// restored buffer draws what the saved one would have drawn.
protocol PrioritizedSlots: AnyObject {
  /// Takes note that a slot, the next empty one or an old one, now holds a point of this log density.
  func put(_ logDensity: Float, in slot: Int)
  /// Follows notes about adjacent slots; called before the next draw.
  func settle(_ slots: Range<Int>)
  /// One slot, by its chance, among `count` > 0.
  func draw(_ words: inout RandomWords, of count: Int) -> Int
  /// The chance of a slot among `count` > 0.
  func probability(of slot: Int, of count: Int) -> Double
}

/// Slots that are all alike.
final class UniformSlots: PrioritizedSlots {
  func put(_ logDensity: Float, in slot: Int) {}
  func settle(_ slots: Range<Int>) {}
  func draw(_ words: inout RandomWords, of count: Int) -> Int { IntegerBelow(count).draw(&words) }
  func probability(of slot: Int, of count: Int) -> Double { 1 / Double(count) }
}
