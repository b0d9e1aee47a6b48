import KernelTables
import Kernels
import Tensors

/// The numbers of the optimiser.
public struct OptimizerConfig: Codable, Sendable, Equatable {
  /// Learning rate of the networks.
  public var learningRate = 2e-3
  /// Learning rate of log Z and state flows.
  public var logZLearningRate = 0.1
  /// Decay of the gradient's mean, β₁.
  public var momentDecay = 0.9
  /// Decay of the squared gradient's mean, β₂.
  public var varianceDecay = 0.999
  /// ε.
  public var epsilon = 1e-8
  /// L2 penalty on the networks, as an addition to the gradient.
  public var weightDecay = 0.0

  /// The last part of all steps over which the learning rates fall linearly to zero.
  public var decayFraction = 0.2

  /// The defaults.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case learningRate = "learning_rate"
    case logZLearningRate = "log_z_learning_rate"
    case momentDecay = "moment_decay"
    case varianceDecay = "variance_decay"
    case epsilon
    case weightDecay = "weight_decay"
    case decayFraction = "decay_fraction"
  }

  /// The learning rate of a group.
  public func learningRate(of group: ParameterGroup) -> Double {
    group == .logZ ? logZLearningRate : learningRate
  }

  /// The factor on all learning rates after `done` of `steps` steps.
  public func rateFactor(after done: Int, of steps: Int) -> Double {
    let length = decayFraction * Double(steps)
    guard length > 0 else { return 1 }
    return min(1, max(0, Double(steps - done) / length))
  }
}

/// Adam with one learning rate for each parameter group.
///
///     m ← β₁ m + (1 - β₁) g,  v ← β₂ v + (1 - β₂) g²,  p ← p - α m̂ / (√v̂ + ε)
///
/// Reference: Kingma and Ba (2015), *Adam*, algorithm 1, arXiv:1412.6980
public final class Adam: @unchecked Sendable {
  /// The numbers in use.
  public let config: OptimizerConfig
  /// Updates done.
  public var step = 0
  /// First moments m, laid out like the parameters.
  package let moment: UnsafeMutableBufferPointer<Float>
  /// Second moments v.
  package let variance: UnsafeMutableBufferPointer<Float>
  private let parameters: ParameterSet
  private let spans: [(group: ParameterGroup, range: Range<Int>)]

  /// An optimiser for an initialised set.
  public init(_ config: OptimizerConfig, _ parameters: ParameterSet) {
    self.config = config
    self.parameters = parameters
    moment = .allocate(capacity: max(1, parameters.count))
    variance = .allocate(capacity: max(1, parameters.count))
    moment.initialize(repeating: 0)
    variance.initialize(repeating: 0)
    spans = Adam.spans(of: parameters)
  }

  deinit {
    moment.deallocate()
    variance.deallocate()
  }

  /// Moves the parameters one step against a gradient laid out like them.
  /// - Parameter factor: Scales all learning rates.
  package func update(gradient: UnsafePointer<Float>, factor: Double = 1) {
    step += 1
    for span in spans {
      let (first, count) = (span.range.lowerBound, span.range.count)
      InstructionSet.active.kernels.adam(
        coefficients(for: span.group, factor), parameters: parameters.values + first,
        gradient: gradient + first, moment: moment.baseAddress.unsafelyUnwrapped + first,
        variance: variance.baseAddress.unsafelyUnwrapped + first, count: count)
    }
    parameters.refreshTransposes()
  }

  private func coefficients(for group: ParameterGroup, _ factor: Double) -> AdamCoefficients {
    let momentCorrection = 1 - power(config.momentDecay, step)
    let varianceCorrection = 1 - power(config.varianceDecay, step)
    return AdamCoefficients(
      rate: factor * config.learningRate(of: group) / momentCorrection,
      momentDecay: config.momentDecay,
      varianceDecay: config.varianceDecay, varianceCorrection: varianceCorrection.squareRoot(),
      epsilon: config.epsilon, weightDecay: group == .network ? config.weightDecay : 0)
  }

  /// Adjacent parameters of one group share a span.
  private static func spans(of set: ParameterSet) -> [(ParameterGroup, Range<Int>)] {
    var spans: [(ParameterGroup, Range<Int>)] = []
    for entry in set.entries {
      let range = entry.parameter.offset..<entry.parameter.offset + entry.parameter.shape.count
      if let last = spans.last, last.0 == entry.group {
        spans[spans.count - 1].1 = last.1.lowerBound..<range.upperBound
      } else {
        spans.append((entry.group, range))
      }
    }
    return spans
  }
}

/// base to a whole power, by repeated squaring: the same bits on every system.
private func power(_ base: Double, _ exponent: Int) -> Double {
  var (result, square, left) = (1.0, base, exponent)
  while left > 0 {
    if left & 1 == 1 { result *= square }
    square *= square
    left >>= 1
  }
  return result
}
