/// The gamma distribution with mean and variance `shape`, density x^(shape - 1) e^(-x) / Γ(shape).
///
/// For shape >= 1 by Marsaglia and Tsang: with d = shape - 1/3, c = 1 / √(9 d) and a normal x,
/// v = (1 + c x)³, d v is accepted if log u < x²/2 + d (1 - v + log v): more than 95 of 100 times.
/// Below 1 a draw for shape + 1 is multiplied by u^(1/shape), in logarithms, since the product is
/// often too small for a float.
/// Reference: Marsaglia and Tsang (2000), *A simple method for generating gamma variables*
public struct Gamma: Distribution {
  /// The words it uses.
  public static let kind = RandomKind.gamma
  private let shape: Double

  /// A shape from 1e-300, below which logarithms of draws would overflow.
  public init(shape: Double) {
    precondition(shape >= 1e-300 && shape.isFinite, "gamma: the shape must be positive")
    self.shape = shape
  }

  /// One draw; 0 if it is below the least float, as most are for shapes below 0.001.
  public func draw(_ words: inout RandomWords) -> Double {
    shape < 1 ? scalarExp(logarithm(&words)) : accepted(shape, &words)
  }

  /// The logarithm of the draw that `draw` makes of the same words.
  public func logarithm(_ words: inout RandomWords) -> Double {
    guard shape < 1 else { return scalarLog(accepted(shape, &words)) }
    return scalarLog(accepted(shape + 1, &words)) + scalarLog(words.unit()) / shape
  }

  private func accepted(_ shape: Double, _ words: inout RandomWords) -> Double {
    let d = shape - 1.0 / 3
    let c = 1 / (9 * d).squareRoot()
    while true {
      let x = Normal().draw(&words)
      let root = 1 + c * x
      guard root > 0 else { continue }
      let v = root * root * root
      let bound = x * x / 2 + d * (1 - v + scalarLog(v))
      if scalarLog(words.unit()) < bound { return d * v }
    }
  }
}
