/// The exponential distribution with mean 1, -log u.
public struct Exponential: Distribution {
  /// The words it uses.
  public static let kind = RandomKind.exponential

  /// Mean 1.
  public init() {}

  /// One draw, from 1e-16 to 36.7.
  public func draw(_ words: inout RandomWords) -> Double { -scalarLog(words.unit()) }
}
