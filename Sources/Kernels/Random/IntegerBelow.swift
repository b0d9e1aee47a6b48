/// A whole number below a bound, each with the same chance.
///
/// The upper half of word × bound; words for which that would favour some numbers, fewer than
/// bound / 2⁶⁴ of them, are passed over.
/// Reference: Lemire (2019), *Fast random integer generation in an interval*, arXiv:1805.10941
public struct IntegerBelow: Distribution {
  /// The words it uses.
  public static let kind = RandomKind.integer
  private let bound: UInt64

  /// Numbers 0..<bound, bound > 0.
  public init(_ bound: Int) {
    precondition(bound > 0, "integers: the bound must be positive")
    self.bound = UInt64(bound)
  }

  /// One draw.
  public func draw(_ words: inout RandomWords) -> Int {
    while true {
      let product = words.next().multipliedFullWidth(by: bound)
      if product.low >= bound || product.low >= (0 &- bound) % bound { return Int(product.high) }
    }
  }
}
