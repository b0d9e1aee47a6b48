import Networks
import Tensors

/// A field f whose equation x′ = f(x, t) carries Gaussian noise to points.
protocol FlowField: Sendable {
  /// f(x, t) of some rows at one time, [rows, D].
  func velocity(_ x: Tensor, at time: Double, _ context: Context) -> Tensor
  /// The time at which x is noise.
  var noiseTime: Double { get }
  /// The time at which x is a point.
  var pointTime: Double { get }
  /// The variance of the noise.
  var noiseVariance: Double { get }
}

/// A velocity that was fitted to points: noise at time 0, points at time 1.
///
///     f(x, t) = u F(x / u, t)
struct MatchedField: FlowField {
  let network: ScoreNetwork
  /// u, so that the network sees coordinates of deviation 1, whatever the points' is.
  let unit: Double
  /// The variance of the noise.
  let noiseVariance: Double

  /// 0.
  var noiseTime: Double { 0 }
  /// 1.
  var pointTime: Double { 1 }

  /// What the network says, in the points' coordinates.
  func velocity(_ x: Tensor, at time: Double, _ context: Context) -> Tensor {
    let times = context.tape.constant(Double(network.time(time)), Shape(x.shape[0], 1))
    let tape = context.tape
    return tape.scale(network(tape.scale(x, by: 1 / unit), at: times, context), by: unit)
  }
}

/// The probability flow of a learned score: noising times from 1 to 0.
///
///     f(x, t) = -½ h′(t) S(x, t)
///
/// Its marginals are those of noising, if S is the score of these.
/// Reference: Song et al. (2021), *Score-based generative modeling through stochastic differential
/// equations*, eq. 13, arXiv:2011.13456
struct ScoreField: FlowField {
  let network: ScoreNetwork
  let noise: NoiseSchedule

  /// 1.
  var noiseTime: Double { 1 }
  /// 0.
  var pointTime: Double { 0 }
  /// That of noising time 1, and the density's own where it is given.
  var noiseVariance: Double {
    let deviation = network.config.priorDeviation
    return noise.variance(at: 1) + deviation * deviation
  }

  /// From the network's score.
  func velocity(_ x: Tensor, at time: Double, _ context: Context) -> Tensor {
    let tape = context.tape
    let times = tape.constant(Double(network.time(time)), Shape(x.shape[0], 1))
    let part = network.coefficients(variance: noise.variance(at: time))
    let half = -0.5 * noise.growthRate(at: time)
    let output = tape.scale(network(x, at: times, context), by: half * part.output)
    return part.x == 0 ? output : tape.add(output, tape.scale(x, by: half * part.x))
  }
}
