import Kernels

extension TokenReversal {
  /// Whether a place stays as it is whatever the network says of it.
  /// - Parameter words: Those that `draw` is given.
  public func stays(_ x: Int, _ step: TokenStep, _ words: RandomWords) -> Bool {
    if diffusion.hasMask, x != diffusion.mask { return true }
    var words = words
    return knowsWhoStays && words.unit() >= step.revealed
  }

  /// Whether the probability of a move is the same whatever the network says of the place.
  public func isKnown(from x: Int, to z: Int) -> Bool {
    diffusion.hasMask && (x != diffusion.mask || knowsWhoStays && z == diffusion.mask)
  }

  /// Draws the next state of a place.
  ///
  /// Of a masked place whose token the network predicts, chance decides first whether it stays masked: then no
  /// probabilities are worked out.
  /// - Parameters:
  ///   - outputs: What the network says of this place, [K].
  ///   - scratch: Room for probabilities, [states].
  public func draw(
    after x: Int, _ step: TokenStep, outputs: UnsafePointer<Float>, _ words: inout RandomWords,
    _ scratch: UnsafeMutablePointer<Double>
  ) -> Int {
    if diffusion.hasMask, x != diffusion.mask { return x }
    let first = words.unit()
    if knowsWhoStays, first >= step.revealed { return diffusion.mask }
    probabilities(after: x, step, outputs: outputs, into: scratch)
    let tokens = knowsWhoStays || diffusion.noise == .ordered ? diffusion.tokens : diffusion.states
    let sum = (0..<tokens).reduce(0) { $0 + scratch[$1] }
    var left = words.unit() * sum
    for z in 0..<tokens {
      left -= scratch[z]
      if left < 0 { return z }
    }
    // Rounding: the last one that can be.
    return (0..<tokens).last { scratch[$0] > 0 } ?? x
  }

  /// log p(z | x) of a place.
  ///
  /// Of ordered noise, that of the token in the place whose turn it is.
  public func logProbability(
    of z: Int, after x: Int, _ step: TokenStep, outputs: UnsafePointer<Float>,
    _ scratch: UnsafeMutablePointer<Double>
  ) -> Double {
    if diffusion.hasMask {
      if x != diffusion.mask { return z == x ? 0 : -.infinity }
      if knowsWhoStays, z == diffusion.mask { return scalarLog(step.hidden) }
    }
    probabilities(after: x, step, outputs: outputs, into: scratch)
    return scalarLog(scratch[z])
  }

  private var knowsWhoStays: Bool { diffusion.noise == .absorbing && prediction == .tokens }
}
