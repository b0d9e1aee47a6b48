/// When it is time to show something again.
struct Pace {
  /// The last time; nil for never.
  private var last: ContinuousClock.Instant?

  /// Begins to wait now.
  mutating func begin() { last = ContinuousClock.now }

  /// Whether this much time has passed, which then counts from now.
  mutating func isDue(every interval: Duration) -> Bool {
    let now = ContinuousClock.now
    if let last, now - last < interval { return false }
    last = now
    return true
  }
}
