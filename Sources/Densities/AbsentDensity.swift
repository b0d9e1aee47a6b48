/// What stands for a function of the user's where only a sampler of it is at hand.
///
/// Points can be drawn by the sampler's networks; what is said of them here, log ρ = 0, means nothing.
public struct AbsentDensity: Density {
  /// D.
  public let dimension: Int

  /// One of a dimension.
  public init(dimension: Int) { self.dimension = dimension }

  /// Writes 0.
  public func logDensity(of x: Points, into out: UnsafeMutablePointer<Float>) {
    out.update(repeating: 0, count: x.count)
  }
}
