import KernelTables
import Kernels
import Storage
import Tensors

/// How an average of parameters forgets.
public struct ParameterAverageConfig: Codable, Sendable, Equatable {
  /// How the average begins.
  public enum Start: String, Codable, Sendable, CaseIterable {
    /// As the parameters were when the average was made: 1 - d every time.
    case parameters
    /// From nothing, divided by 1 - dᵗ: weights dᵗ⁻ⁱ on the parameters after updates i = 1 … t.
    case corrected
    /// With a decay that grows with the number of updates, min(d, t / (9 + t)).
    case warmUp = "warm-up"
  }

  /// d, the part of the average that an update keeps.
  public var decay = 0.999
  /// How it begins.
  public var start = Start.warmUp

  /// The defaults.
  public init() {}

  enum CodingKeys: String, CodingKey { case decay, start }
}

/// An exponential moving average of parameters: samples from it are steadier than from the last ones.
///
/// ```text
/// a ← a + w (p - a),   w = 1 - d   or   (1 - d) / (1 - dᵗ)   or   max(1 - d, 9 / (9 + t))
/// ```
///
/// for the t-th update. The second keeps Adam's bias-corrected mean itself, not the biased one: no
/// division where it is read. Memory: a float a parameter.
///
/// Reference: Polyak and Juditsky (1992), *Acceleration of stochastic approximation by averaging*,
/// doi:10.1137/0330046; Kingma and Ba (2015), *Adam*, section 3, arXiv:1412.6980
public final class ParameterAverage: @unchecked Sendable {
  /// How it forgets.
  public let config: ParameterAverageConfig
  /// Updates done.
  public private(set) var updates = 0
  private let average: UnsafeMutablePointer<Float>
  private let parameters: ParameterSet

  /// An average of an initialised set that begins as the set is.
  /// - Throws: `ConfigError.invalid`.
  public init(
    _ config: ParameterAverageConfig = ParameterAverageConfig(), of parameters: ParameterSet
  ) throws(ConfigError) {
    try ConfigError.require((0..<1).contains(config.decay), "decay", "it must be in [0, 1)")
    self.config = config
    self.parameters = parameters
    average = .allocate(capacity: max(1, parameters.count))
    average.initialize(from: parameters.values, count: parameters.count)
  }

  deinit { average.deallocate() }

  /// The average, laid out like the parameters.
  public var values: UnsafeBufferPointer<Float> {
    UnsafeBufferPointer(start: average, count: parameters.count)
  }

  /// Takes in the present parameters.
  public func update() {
    updates += 1
    InstructionSet.active.kernels.moveAverage(
      average, towards: parameters.values, weight: weight, count: parameters.count)
  }

  /// Goes on from a saved average.
  public func restore(_ saved: [Float], updates: Int) {
    precondition(saved.count == parameters.count, "the average has another number of parameters")
    average.update(from: saved, count: saved.count)
    self.updates = updates
  }

  /// Exchanges average and parameters: once to sample from the average, once more to go on training.
  public func swapWithParameters() {
    for i in 0..<parameters.count { swap(&average[i], &parameters.values[i]) }
    parameters.refreshTransposes()
  }

  /// The weight of the parameters in the present update.
  private var weight: Double {
    let fresh = 1 - config.decay
    switch config.start {
    case .parameters: return fresh
    case .corrected: return fresh / (1 - scalarPower(config.decay, updates))
    case .warmUp: return max(fresh, 9 / Double(9 + updates))
    }
  }
}
