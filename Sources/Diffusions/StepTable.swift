import KernelTables
import Kernels

/// The times of a path's states, and what each step between them does.
///
/// Drawing a new grid allocates nothing.
public final class StepTable {
  /// Number of steps T.
  public let steps: Int
  /// t_0 … t_{T-1}, when the steps begin.
  public private(set) var startTimes: [Double]
  /// t_1 … t_T, when they end.
  public private(set) var endTimes: [Double]
  /// Of each step.
  package private(set) var coefficients: [GaussianStepCoefficients]
  /// Of each state before the last: what it would be without a drift, as a backward step from anywhere.
  ///
  /// Its mean is 0; that of a certain x_0 counts as that of x_1.
  ///
  /// What the log flow of a state is likely to be near the beginning of a path.
  package private(set) var marginals: [GaussianStepCoefficients]
  /// What exploration adds to the variance of each step, as a multiple of its mean over steps: the
  /// step's length by the clock of the process.
  package private(set) var explorationShares: [Double]
  private let process: PathProcess
  private var times: [Double]

  /// A table for the process's grid, or for a uniform one where that is drawn.
  /// - Parameter steps: By default the number that the process is trained with.
  public init(_ process: PathProcess, steps: Int? = nil) {
    self.process = process
    self.steps = steps ?? process.config.steps
    times = [Double](repeating: 0, count: self.steps + 1)
    startTimes = [Double](repeating: 0, count: self.steps)
    endTimes = startTimes
    explorationShares = startTimes
    let empty = GaussianStepCoefficients(
      duration: 1, logVariance: 0, backwardRetention: 0, backwardVariance: 0, forwardConstant: 0,
      backwardConstant: 0)
    coefficients = .init(repeating: empty, count: self.steps)
    marginals = coefficients
    let grid = process.config.grid
    fill(grid.isDrawn ? .uniform : grid, RandomStream(seed: 0))
  }

  /// Draws the grid of a step of training, where the process has one that is drawn.
  public func draw(_ stream: RandomStream) {
    guard process.config.grid.isDrawn else { return }
    fill(process.config.grid, stream.folding(.timeGrid))
  }

  private func fill(_ grid: TimeGrid, _ stream: RandomStream) {
    grid.write(&times, ratio: process.config.gridRatio, stream)
    for i in 0..<steps {
      (startTimes[i], endTimes[i]) = (times[i], times[i + 1])
      coefficients[i] = process.coefficients(from: times[i], to: times[i + 1])
      marginals[i] = process.marginal(at: i == 0 ? firstMarginalTime : times[i])
    }
    let total = coefficients.reduce(0) { $0 + $1.duration }
    for i in 0..<steps {
      explorationShares[i] = coefficients[i].duration * Double(steps) / total
    }
  }

  private var firstMarginalTime: Double { process.startVariance > 0 ? 0 : times[1] }
}
