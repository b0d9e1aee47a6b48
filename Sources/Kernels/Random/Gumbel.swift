/// The standard Gumbel distribution, -log(-log u), with distribution function exp(-exp(-x)).
public struct Gumbel: Distribution {
  /// The words it uses.
  public static let kind = RandomKind.gumbel

  /// Location 0, scale 1: mean 0.5772, variance π²/6.
  public init() {}

  /// One draw, from -3.6 to 36.7.
  public func draw(_ words: inout RandomWords) -> Double {
    -scalarLog(-scalarLog(words.unit()))
  }
}
