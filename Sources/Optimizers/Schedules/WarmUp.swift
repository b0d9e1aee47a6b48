/// A linear rise over the first w steps, and then another schedule as if it began there.
///
/// ```text
/// (t + 1) / (w + 1)            t < w
/// schedule(t - w, T - w)       t >= w
/// ```
///
/// Continuous where the schedule begins with 1; no step is wasted on a rate of zero. Losses of the
/// rise are not shown to the schedule.
///
/// Reference: Goyal, Dollár, Girshick, et al. (2017), *Accurate, large minibatch SGD*, section 2.2,
/// arXiv:1706.02677
public struct WarmUp: Schedule {
  /// w.
  public let steps: Int
  /// What follows.
  public private(set) var schedule: any Schedule

  /// Puts a rise before a schedule.
  public init(steps: Int, then schedule: any Schedule = ConstantRate()) {
    self.steps = steps
    self.schedule = schedule
  }

  /// The rise, or what follows.
  public func factor(after done: Int, of all: Int) -> Double {
    guard done >= steps else { return Double(done + 1) / Double(steps + 1) }
    return schedule.factor(after: done - steps, of: all - steps)
  }

  /// Shown to what follows, after the rise.
  public mutating func observe(_ loss: Double, after done: Int) {
    if done >= steps { schedule.observe(loss, after: done - steps) }
  }

  /// What follows keeps.
  public var state: [Double] {
    get { schedule.state }
    set { schedule.state = newValue }
  }
}
