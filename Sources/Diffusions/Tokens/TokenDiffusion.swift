import Kernels
import Storage

/// What noise does to tokens.
public enum TokenNoise: String, Codable, Sendable, CaseIterable {
  /// Each becomes the mask, a symbol that stands for no token, at a time of its own.
  case absorbing
  /// Each becomes any token, all with the same chance, again and again.
  case uniform
  /// One after another becomes the mask, in random order; a path has a step for each place.
  ///
  /// The limit of `absorbing` for many steps without those in which nothing happens. No step changes two
  /// places, so no product over places is asked to be more than it can be.
  case ordered
}

/// What a network says of the token in a place, with `tokens` numbers ℓ.
public enum TokenPrediction: String, Codable, Sendable, CaseIterable {
  /// p(x_1 = k | x_t) = softmax(ℓ)_k, tokens of the data.
  case tokens
  /// log p_t(x with k in this place) / p_t(x) = ℓ_k, the concrete score; under absorbing noise less
  /// log (α / (1 - α)), the factor that all tokens share.
  case ratios
}

/// Noise on tokens: every place by itself goes from a token of the data at time 1 to noise at time 0.
///
///     α(t) = ε + (1 - ε) t                    chance that a token has survived from time 1 to t
///     q(z | x) = r [z = x] + (1 - r) [z = mask]       absorbing and ordered,  r = α(s) / α(t), s < t
///     q(z | x) = r [z = x] + (1 - r) / K              uniform
///
/// -log α is the log-linear schedule of the paper, which runs time the other way.
/// Tokens are 0 ..< K, the mask is K. A row's first places may be given: noise leaves them as they are.
/// Reference: Lou, Meng and Ermon (2024), *Discrete diffusion modeling by estimating the ratios of the
/// data distribution*, arXiv:2310.16834, sections 2 and 3; Hoogeboom et al. (2022), *Autoregressive
/// diffusion models*, arXiv:2110.02037 (ordered)
public struct TokenDiffusion: Sendable, Equatable {
  /// What noise does.
  public let noise: TokenNoise
  /// K, number of tokens.
  public let tokens: Int
  /// ε, the chance of surviving until time 0.
  public let leastSurvival: Double

  /// - Precondition: tokens > 0, 0 <= leastSurvival < 1.
  public init(_ noise: TokenNoise, tokens: Int, leastSurvival: Double = 1e-3) {
    precondition(tokens > 0 && (0..<1).contains(leastSurvival), "a diffusion of no tokens")
    (self.noise, self.tokens, self.leastSurvival) = (noise, tokens, leastSurvival)
  }

  /// Whether noise is the mask.
  public var hasMask: Bool { noise != .uniform }

  /// What a place can hold: a token or, where there is one, the mask.
  public var states: Int { hasMask ? tokens + 1 : tokens }

  /// The mask.
  public var mask: Int { tokens }

  /// α(t).
  public func survival(at time: Double) -> Double { leastSurvival + (1 - leastSurvival) * time }

  /// The step from state i of T + 1 to the next, by equal parts of time.
  public func step(_ i: Int, of steps: Int) -> TokenStep {
    TokenStep(
      survival: survival(at: Double(i) / Double(steps)),
      next: survival(at: Double(i + 1) / Double(steps)))
  }

  /// q(z | x) for one place, given the chance r to survive between the two.
  public func noised(_ x: Int, to z: Int, survival r: Double) -> Double {
    guard hasMask else { return (z == x ? r : 0) + (1 - r) / Double(tokens) }
    if x == mask { return z == mask ? 1 : 0 }
    return z == x ? r : z == mask ? 1 - r : 0
  }

  /// A place after noise: survives with chance r.
  public func noise(_ x: Int, survival r: Double, _ words: inout RandomWords) -> Int {
    guard x != mask || !hasMask, words.unit() >= r else { return x }
    return randomState(&words)
  }

  /// A place at time 0, of which no data is known.
  public func randomState(_ words: inout RandomWords) -> Int {
    hasMask ? mask : IntegerBelow(tokens).draw(&words)
  }

  /// The log-probability of a place at time 0.
  public var logStart: Double { hasMask ? 0 : -scalarLog(Double(tokens)) }
}

/// A step of the way back from noise, by the chances that a token has survived at its ends.
public struct TokenStep: Sendable, Equatable {
  /// α where the step begins.
  public let survival: Double
  /// α where it ends, nearer to the data.
  public let next: Double

  /// - Precondition: 0 <= survival < next <= 1.
  public init(survival: Double, next: Double) {
    precondition(survival >= 0 && survival < next && next <= 1, "a step towards the data")
    (self.survival, self.next) = (survival, next)
  }

  /// The chance to survive noise between the two.
  public var ratio: Double { survival / next }

  /// Of a masked token, the chance to be revealed in the step.
  public var revealed: Double { (next - survival) / (1 - survival) }

  /// Of a masked token, the chance to stay so.
  public var hidden: Double { (1 - next) / (1 - survival) }
}
