import Kernels

/// The way back from noise as a network tells it: probabilities of the next state of one place.
///
///     p(z | x) = q(x | z) (exp(-Δ Q) s)_z,   s_k = p_t(k) / p_t(x)
///
/// with Q the rate of noise and Δ = log α(t′)/α(t) (the analytic or Tweedie predictor). In full:
///
///     absorbing, x masked:  p(k) = s_k (e^Δ - 1),  p(mask) = 1 - (e^Δ - 1) Σ s
///     uniform:              p(z) ∝ q(x | z) (e^Δ s_z + (1 - e^Δ) mean s),  s_x = 1
///
/// Ratios of p(x_1 = k | x), the other form of prediction, make both of them valid probabilities:
///
///     p(z | x) = q(x | z) Σ_k q(z | x_1 = k) p(x_1 = k | x) / q(x | x_1 = k)
///
/// Free ratios may be no ratios of any distribution; then terms below 10⁻⁶ count as that, and all are
/// divided by their sum. In the last step α(t′) = 1: nothing stays masked, neither for who draws nor for
/// who asks for the probability.
/// Reference: Lou, Meng and Ermon (2024), arXiv:2310.16834, theorem 4.2 and algorithm 2
public struct TokenReversal: Sendable {
  /// The noise.
  public let diffusion: TokenDiffusion
  /// What the network says.
  public let prediction: TokenPrediction

  /// What a term of free ratios is at least.
  static let leastTerm = 1e-6

  /// Names both.
  public init(_ diffusion: TokenDiffusion, _ prediction: TokenPrediction) {
    (self.diffusion, self.prediction) = (diffusion, prediction)
  }

  /// Writes p(z | x) of every state z, [states].
  ///
  /// Of ordered noise it is the probability of the place whose turn it is.
  /// - Parameter outputs: What the network says of this place, [K].
  public func probabilities(
    after x: Int, _ step: TokenStep, outputs: UnsafePointer<Float>,
    into p: UnsafeMutablePointer<Double>
  ) {
    if diffusion.hasMask {
      revealing(x, step, outputs, p)
    } else if prediction == .tokens {
      softmax(outputs, into: p)
      replacing(x, step, p)
    } else {
      replacingByRatios(x, step, outputs, p)
    }
  }

  /// A masked place becomes a token, or stays; any other stays.
  private func revealing(
    _ x: Int, _ step: TokenStep, _ outputs: UnsafePointer<Float>, _ p: UnsafeMutablePointer<Double>
  ) {
    let (k, mask) = (diffusion.tokens, diffusion.mask)
    guard x == mask else {
      for z in 0...k { p[z] = z == x ? 1 : 0 }
      return
    }
    let scale = softmax(outputs, into: p)
    let isOrdered = diffusion.noise == .ordered
    guard prediction == .ratios, step.next < 1, !isOrdered else {
      for z in 0..<k { p[z] *= isOrdered ? 1 : step.revealed }
      p[mask] = isOrdered ? 0 : step.hidden
      return
    }
    let all = step.revealed * scale
    let stays = max(1 - all, Self.leastTerm)
    for z in 0..<k { p[z] *= all / (all + stays) }
    p[mask] = stays / (all + stays)
  }

  /// From p(x_1 = k | x) in p to p(z | x).
  private func replacing(_ x: Int, _ step: TokenStep, _ p: UnsafeMutablePointer<Double>) {
    let k = diffusion.tokens
    let even = (1 - step.survival) / Double(k)
    for z in 0..<k { p[z] /= z == x ? even + step.survival : even }
    let sum = (0..<k).reduce(0) { $0 + p[$1] }
    for z in 0..<k {
      p[z] =
        diffusion.noised(z, to: x, survival: step.ratio)
        * (step.next * p[z] + (1 - step.next) / Double(k) * sum)
    }
  }

  private func replacingByRatios(
    _ x: Int, _ step: TokenStep, _ outputs: UnsafePointer<Float>, _ p: UnsafeMutablePointer<Double>
  ) {
    let k = diffusion.tokens
    for z in 0..<k { p[z] = z == x ? 1 : scalarExp(Double(outputs[z])) }
    let mean = (0..<k).reduce(0) { $0 + p[$1] } / Double(k)
    let grown = 1 / step.ratio
    for z in 0..<k {
      p[z] =
        diffusion.noised(z, to: x, survival: step.ratio)
        * max(grown * p[z] + (1 - grown) * mean, Self.leastTerm)
    }
    let sum = (0..<k).reduce(0) { $0 + p[$1] }
    for z in 0..<k { p[z] /= sum }
  }

  /// Writes softmax(ℓ), [K].
  /// - Returns: Σ exp ℓ.
  @discardableResult
  private func softmax(
    _ outputs: UnsafePointer<Float>, into p: UnsafeMutablePointer<Double>
  ) -> Double {
    let k = diffusion.tokens
    let greatest = Double((0..<k).reduce(-Float.infinity) { max($0, outputs[$1]) })
    var sum = 0.0
    for z in 0..<k {
      p[z] = scalarExp(Double(outputs[z]) - greatest)
      sum += p[z]
    }
    for z in 0..<k { p[z] /= sum }
    return sum * scalarExp(greatest)
  }
}
