/// An order of 0..<n, each with the same chance.
///
/// Reference: Durstenfeld (1964), *Algorithm 235: random permutation*
public struct Permutation: RowDistribution {
  /// The words it uses.
  public static let kind = RandomKind.permutation
  /// n.
  public let columns: Int

  /// Orders of n things.
  public init(of n: Int) {
    precondition(n >= 0, "permutation: the count must not be negative")
    columns = n
  }

  /// Writes one order.
  public func draw(_ place: RandomPlace, into row: UnsafeMutablePointer<Int>) {
    for index in 0..<columns { (row + index).initialize(to: index) }
    for last in stride(from: columns - 1, to: 0, by: -1) {
      var words = place.words(column: last)
      let other = IntegerBelow(last + 1).draw(&words)
      (row[last], row[other]) = (row[other], row[last])
    }
  }
}
