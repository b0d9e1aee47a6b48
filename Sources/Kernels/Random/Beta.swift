/// The beta distribution, density proportional to x^(a - 1) (1 - x)^(b - 1) on [0, 1].
///
/// X / (X + Y) of two gamma variates, from the difference of their logarithms, so that both may be too
/// small for a float.
public struct Beta: Distribution {
  /// The words it uses.
  public static let kind = RandomKind.beta
  private let (first, second): (Gamma, Gamma)

  /// Shapes a, b > 0.
  public init(_ a: Double, _ b: Double) { (first, second) = (Gamma(shape: a), Gamma(shape: b)) }

  /// One draw; 0 or 1 where the nearest float is.
  public func draw(_ words: inout RandomWords) -> Double {
    let difference = second.logarithm(&words) - first.logarithm(&words)
    return 1 / (1 + scalarExp(difference))
  }
}
