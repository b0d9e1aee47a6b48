import KernelTables
import Kernels

/// A diffusion with the numbers of its steps and of what is learned.
public struct PathProcess: Sendable {
  /// The numbers in use.
  public let config: ProcessConfig
  private let diffusion: any Diffusion

  /// - Throws: `ConfigError`.
  public init(_ config: ProcessConfig) throws {
    self.config = config
    diffusion = try config.makeDiffusion()
  }

  /// Variance of each coordinate of x_0, whose mean is 0; 0 where paths begin at 0.
  public var startVariance: Double { diffusion.startVariance }

  /// Where paths do not begin at one point, drawing x_0 is a transition of its own, from nowhere.
  public var hasRandomStart: Bool { startVariance > 0 }

  /// Transitions of a path of so many steps.
  public func transitions(_ steps: Int) -> Int { steps + (hasRandomStart ? 1 : 0) }

  /// A step as the kernels read it.
  func coefficients(from start: Double, to end: Double) -> GaussianStepCoefficients {
    let step = diffusion.transition(from: start, to: end)
    return GaussianStepCoefficients(
      retention: step.retention, duration: step.duration, logVariance: step.logVariance,
      logVarianceRange: config.learnedVariance ? config.logVarianceRange : 0,
      backwardRetention: step.backwardRetention, backwardVariance: step.backwardVariance,
      forwardConstant: scalarLog(2 * .pi * step.duration),
      backwardConstant: logOfCircle(step.backwardVariance))
  }

  /// N(0, variance at a time), as a backward step from anywhere.
  package func marginal(at time: Double) -> GaussianStepCoefficients {
    let variance = diffusion.marginalVariance(at: time)
    return GaussianStepCoefficients(
      duration: 1, logVariance: 0, backwardRetention: 0, backwardVariance: variance,
      forwardConstant: 0, backwardConstant: logOfCircle(variance))
  }

  /// log(2π variance); 0 where there is none.
  private func logOfCircle(_ variance: Double) -> Double {
    variance > 0 ? scalarLog(2 * .pi * variance) : 0
  }
}
