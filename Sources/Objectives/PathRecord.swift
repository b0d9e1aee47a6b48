/// What an objective may know of a batch of paths: log-probabilities and log flows, no states.
///
/// Arrays over steps are step-major, element (i, b) at i × paths + b.
public struct PathRecord: Sendable {
  /// Number of paths B; the arrays may have room for more.
  public var paths: Int
  /// Number of steps T.
  public let steps: Int
  /// log P_F of each step, [T, B].
  public var logForward: [Double]
  /// log P_B of each step, [T, B].
  public var logBackward: [Double]
  /// log ρ(x_T), [B].
  public var logDensity: [Double]
  /// log F of the states x_0 … x_{T-1}, [T, B]; empty where there are no state flows.
  public var logFlow: [Double]
  /// What is known of log Z beside the number for all paths: that of each path's condition, [B]; empty
  /// where there are no conditions.
  public var logZOffset: [Double] = []
  /// Adjacent paths that share a condition; 0 where all do.
  public var groupSize = 0
  /// A log Z to compare with instead of the paths' own mean log-weight; nil where there is none.
  public var center: Double?
  /// Whether a path counts; one with a NaN or an infinity may be set aside, [B].
  public var counts: [Bool]
  /// Paths that a mean runs over, where these are a part of them; nil for those that count here.
  public var population: Int?

  /// A record of zeros.
  public init(paths: Int, steps: Int, hasFlow: Bool = false) {
    self.paths = paths
    self.steps = steps
    logForward = [Double](repeating: 0, count: paths * steps)
    logBackward = [Double](repeating: 0, count: paths * steps)
    logDensity = [Double](repeating: 0, count: paths)
    logFlow = [Double](repeating: 0, count: hasFlow ? paths * steps : 0)
    counts = [Bool](repeating: true, count: paths)
  }

  /// Σ log P_F - Σ log P_B - log ρ of a path: minus its importance log-weight.
  public func logRatio(of path: Int) -> Double {
    var sum = 0.0
    for i in 0..<steps {
      sum += logForward[i * paths + path] - logBackward[i * paths + path]
    }
    return sum - logDensity[path]
  }

  /// log F(x_i) of a path; that of x_T is log ρ(x_T).
  public func logFlow(_ state: Int, of path: Int) -> Double {
    state < steps ? logFlow[state * paths + path] : logDensity[path]
  }

  /// Number of paths that count.
  public var counted: Int { counts.count { $0 } }

  /// The share of a path in a mean over paths.
  public var share: Double { 1 / Double(max(1, population ?? counted)) }
}

/// The gradient of an objective by what it reads.
public struct PathAdjoints: Sendable {
  /// By log P_F, [T, B].
  public var logForward: [Double]
  /// By log P_B, [T, B].
  public var logBackward: [Double]
  /// By log F, [T, B]; empty where there are no state flows.
  public var logFlow: [Double]
  /// By log ρ(x_T), [B]; read for pathwise objectives only.
  public var logDensity: [Double]
  /// By the learned log Z.
  public var logZ = 0.0
  /// By log Z of each path's condition, [B]; empty where there are no conditions.
  public var logZOffset: [Double] = []

  /// Zeros for a record.
  public init(for record: PathRecord) {
    logForward = [Double](repeating: 0, count: record.logForward.count)
    logBackward = [Double](repeating: 0, count: record.logBackward.count)
    logFlow = [Double](repeating: 0, count: record.logFlow.count)
    logDensity = [Double](repeating: 0, count: record.logDensity.count)
    logZOffset = [Double](repeating: 0, count: record.logZOffset.count)
  }

  /// Sets everything back to zero.
  public mutating func clear() {
    for i in logForward.indices { logForward[i] = 0 }
    for i in logBackward.indices { logBackward[i] = 0 }
    for i in logFlow.indices { logFlow[i] = 0 }
    for i in logDensity.indices { logDensity[i] = 0 }
    for i in logZOffset.indices { logZOffset[i] = 0 }
    logZ = 0
  }
}
