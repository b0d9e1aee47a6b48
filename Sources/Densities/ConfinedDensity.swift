/// A density whose points do not fill their space, such as particles around a common centre.
public protocol ConfinedDensity: Density {
  /// Dimensions that the points do fill: what E[-x · ∇ log ρ] is.
  var degreesOfFreedom: Int { get }
  /// The points where they belong, such as with their centre at the origin.
  /// - Parameter x: [n, D].
  func confined(_ x: [Float]) -> [Float]
}
