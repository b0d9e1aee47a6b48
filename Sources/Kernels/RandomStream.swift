import KernelTables

/// A source of random numbers that holds no state: a key.
///
/// Numbers are functions of (key, step, row, column), see `RandomKernels`. Streams for different
/// purposes are derived from a seed by folding numbers into the key, so that no two parts of a
/// program share numbers and none depends on the order of the others.
public struct RandomStream: Sendable, Equatable {
  /// The 64-bit key of the generator.
  public let key: UInt64

  /// The root stream of a seed.
  public init(seed: UInt64) { key = seed }

  private init(key: UInt64) { self.key = key }

  /// The stream for one value of an index, for example one iteration.
  public func folding(_ index: UInt64) -> RandomStream {
    let counter = (
      UInt32(truncatingIfNeeded: index), UInt32(truncatingIfNeeded: index >> 32), UInt32.max,
      UInt32.max
    )
    let words = ReferenceKernels.philox(counter, key: key)
    return RandomStream(key: UInt64(words.0) | UInt64(words.1) << 32)
  }

  /// The stream for one purpose.
  public func folding(_ purpose: RandomPurpose) -> RandomStream {
    folding(purpose.rawValue | 1 << 63)
  }
}

/// What a stream of random numbers is for.
///
/// Values are part of what a seed means: never reuse one.
public enum RandomPurpose: UInt64, Sendable {
  /// Initial parameters.
  case initialization = 1
  /// Noise of simulated paths in training.
  case training = 2
  /// Noise of simulated paths in sampling.
  case sampling = 3
  /// Exact samples of a density.
  case exactSamples = 4
  /// Resampling for confidence intervals.
  case bootstrap = 5
  /// Noise of bridges from given end points.
  case bridges = 6
  /// Units that dropout silences.
  case dropout = 7
  /// The order of the rows of a data set.
  case shuffling = 8
  /// The times of the states of training paths.
  case timeGrid = 9
  /// Which points of a replay buffer are drawn.
  case replay = 10
  /// Chains that search near points.
  case localSearch = 11
  /// Conditions of training paths.
  case conditions = 12
  /// Codes of an autoencoder.
  case codes = 13
  /// Noise and times of a flow that is fitted to points, and its draws.
  case flowMatching = 14
  /// Which steps of a path carry gradient.
  case thinning = 16
  /// Draws of a prior.
  case prior = 15
  /// Points drawn by chains and particles without training.
  case chains = 20
  /// Choices among draws by their weights.
  case resampling = 21
  /// Directions that points are projected on.
  case projections = 31
  /// Which samples go into which half.
  case halves = 32
  /// Which steps of a path are the prior's.
  case stepsOfPrior = 33
}
