/// A diffusion from noise at time 0 to the density at time 1, and its way back, in Gaussian steps.
///
/// What a network learns is added to the way forwards; the way back is fixed, and decides which log-weights
/// paths have.
public protocol Diffusion: Sendable {
  /// Variance of each coordinate of x_0, whose mean is 0; 0 where paths begin at 0.
  var startVariance: Double { get }

  /// The step from one time to a later one.
  func transition(from start: Double, to end: Double) -> Transition

  /// Variance of each coordinate at a time without a drift, where the mean is 0.
  func marginalVariance(at time: Double) -> Double
}

/// A step x → x′ of a diffusion, before anything is learned.
///
///     forward   x′ ~ N(retention x + duration μ, duration exp(logVariance))
///     backward  x ~ N(backwardRetention x′, backwardVariance)
public struct Transition: Sendable, Equatable {
  /// Factor on x in the forward mean.
  public var retention = 1.0
  /// Length of the step by the clock of the process.
  public var duration: Double
  /// ln of the variance for each unit of that clock.
  public var logVariance: Double
  /// Factor on x′ in the backward mean.
  public var backwardRetention: Double
  /// Variance of the way back; 0 where it is certain.
  public var backwardVariance: Double
}
