import Densities
import Kernels
import Optimizers
import Storage
import Tensors
import Training

/// What a run trains: parameters, how they learn, what is remembered from step to step.
protocol RunTrainer: AnyObject {
  /// What the run is; only the number of steps may change.
  var config: RunConfig { get set }
  /// What learns.
  var parameters: ParameterSet { get }
  /// How it learns.
  var optimizer: Optimizer { get }
  /// The factor on the learning rates.
  var schedule: any Schedule { get set }
  /// The density, counted.
  var density: CountedDensity { get }
  /// Paths or rows set aside so far.
  var rejected: Int { get set }
  /// What reports say.
  var last: LastBatches { get set }
  /// The learned log Z, where there is one.
  var logZ: Double? { get }
  /// Points visited, or generated, and kept.
  var visited: ReplayBuffer? { get }
  /// Points found near those.
  var found: ReplayBuffer? { get }
  /// Steps done at the last search or generation; -1 before the first.
  var searchedAfter: Int { get set }
  /// The average of the parameters, where one is kept.
  var average: ParameterAverage? { get }
  /// The best parameters so far, where they are selected; not unless a trainer says otherwise.
  var selection: ParameterSelection? { get }

  /// Does the step after `done` steps; an error leaves parameters and optimiser as they were.
  func step(_ done: Int, _ poll: () throws -> Void) throws -> StepReport
}

extension RunTrainer {
  var selection: ParameterSelection? { nil }
}

/// What draws points with what a run has learned.
protocol RunSampler {
  /// Draws points; the first n of more draws are the same.
  func sample(
    _ count: Int, seed: UInt64, _ config: SamplingConfig, _ poll: () throws -> Void
  ) throws -> Draws

  /// log ρ + Σ log P_B - Σ log P_F of paths drawn backwards from given points, one from each, and log ρ.
  func backwardWeights(
    of points: [Float], _ counted: CountedDensity, _ stream: RandomStream, steps: Int?,
    _ poll: () throws -> Void
  ) throws -> (weights: [Double], logDensity: [Double])
}
