/// A category by its logit: the largest of logit + Gumbel noise.
///
/// For logits that change from draw to draw, and for similar draws from similar logits, since the
/// noise of a category does not depend on them. A logit of -∞ is never drawn; of equal sums the first
/// is.
/// Reference: Maddison, Tarlow and Minka (2014), *A\* sampling*, arXiv:1411.0030
public struct GumbelMax: RowDistribution {
  /// The words it uses.
  public static let kind = RandomKind.gumbelMax
  private let logits: [Double]

  /// Logits, log weights up to a constant, one of them finite and none NaN or +∞.
  public init(logits: [Double]) {
    precondition(logits.contains { $0.isFinite }, "categorical: one logit must be finite")
    precondition(logits.allSatisfy { $0 < .infinity }, "categorical: logits")
    self.logits = logits
  }

  /// One.
  public var columns: Int { 1 }

  /// Writes one category.
  public func draw(_ place: RandomPlace, into row: UnsafeMutablePointer<Int>) {
    var best = (value: -Double.infinity, category: 0)
    for (category, logit) in logits.enumerated() {
      var words = place.words(column: category)
      let value = logit + Gumbel().draw(&words)
      if value > best.value { best = (value, category) }
    }
    row.initialize(to: best.category)
  }
}
