import Densities
import Diffusions
import Kernels
import Networks
import Tensors

/// The score of a constraint at the data that a network expects, times a learned factor of time.
///
///     x̂ = scale (p y + q F(y, t)),   x̂ ← x̂ + w(t) scale² s² ∇ log r(x̂),   w = Linear(SiLU(Linear(sinusoids(t))))
///
/// w begins as zero; scale² s² is the variance of data about x̂ where there is little noise, so a w of about 1 is
/// the best there. To gradients the score is a constant; each of its coordinates is held within a bound. Of
/// one Gaussian under a measurement of orthogonal rows nothing else is missing to the posterior's mean.
/// Reference: Venkatraman et al. (2024), arXiv:2405.20971, appendix H.1
struct ScoreTerm: Sendable {
  private let density: CountedDensity
  private let bound: Float
  private let sinusoids: SinusoidalEmbedding
  private let first, second: Linear
  private let config: DenoisingConfig
  /// Of each noise level, p and q times the scale, and what w times the score counts in what the network says, [L].
  private let coefficients: [(own: Float, said: Float, weight: Double)]

  private static let width = 64

  /// Declares the parameters of w.
  init(_ config: DenoisingConfig, _ density: CountedDensity, bound: Double, in set: ParameterSet) {
    (self.config, self.density, self.bound) = (config, density, Float(bound))
    sinusoids = SinusoidalEmbedding(count: Self.width / 2)
    first = Linear("score.0", inputs: Self.width, outputs: Self.width, in: set)
    second = Linear(
      "score.1", inputs: Self.width, outputs: 1, start: .constant(bias: 0), in: set)
    let levels = NoiseLevels(config.schedule, count: config.levels)
    coefficients = zip(levels.signal, levels.noise).map { a, s in
      let (p, q) = config.prediction.dataCoefficients(signal: a, noise: s)
      return (Float(config.scale * p), Float(config.scale * q), config.scale * s * s / q)
    }
  }

  /// - Parameters:
  ///   - said: F, [rows, D].
  ///   - scores: Where the scores are, or belong.
  func callAsFunction(
    _ x: Tensor, at times: Tensor, said: Tensor, scores known: StepScores?, _ context: Context
  ) -> Tensor {
    let tape = context.tape
    let factor = second(
      tape.apply(.silu, first(sinusoids(times, context), context)), context)
    let weights = (0..<x.shape[0]).map { coefficients[config.level(at: times[$0])].weight }
    let scores =
      known?.tensor(x.shape, on: tape) { self.scores(x, times, said) }
      ?? tape.constant(scores(x, times, said), x.shape)
    return tape.scaleRows(
      scores, by: tape.multiply(factor, tape.constant(weights, factor.shape)))
  }

  private func scores(_ x: Tensor, _ times: Tensor, _ said: Tensor) -> [Float] {
    let (rows, d) = (x.shape[0], x.shape[1])
    var points = [Float](repeating: 0, count: rows * d)
    for row in 0..<rows {
      let (own, other, _) = coefficients[config.level(at: times[row])]
      for i in row * d..<(row + 1) * d {
        points[i] = own * Float(x[i]) + other * Float(said[i])
      }
    }
    var scores = [Float](repeating: .nan, count: rows * d)
    var values = [Float](repeating: 0, count: rows)
    points.withUnsafeBufferPointer { points in
      guard let points = points.baseAddress else { return }
      // What fails leaves NaN, which stops the step with a message.
      try? density.score(
        of: Points(points, count: rows, dimension: d), logDensity: &values, into: &scores)
    }
    return scores.map { $0.isNaN ? $0 : min(max($0, -bound), bound) }
  }
}
