/// The standard normal distribution, in 64-bit floats.
///
/// The polar method: a point of the unit disc gives v √(-2 log s / s), s = |v|². Of the square's
/// points 21% are outside and cost another pair of words. For networks use the kernel `normals`,
/// which is much faster and draws other numbers.
/// Reference: Marsaglia and Bray (1964), *A convenient method for generating normal variables*
public struct Normal: Distribution {
  /// The words it uses.
  public static let kind = RandomKind.normal

  /// N(0, 1).
  public init() {}

  /// One draw.
  public func draw(_ words: inout RandomWords) -> Double {
    while true {
      let (x, y) = (2 * words.unit() - 1, 2 * words.unit() - 1)
      let s = x * x + y * y
      if s < 1 && s > 0 { return x * (-2 * scalarLog(s) / s).squareRoot() }
    }
  }
}
