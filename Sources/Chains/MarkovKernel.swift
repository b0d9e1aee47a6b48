import Kernels

/// Which step of a set of chains: decides every random number.
public struct ChainStep: Sendable {
  /// The randomness of the whole run.
  public let stream: RandomStream
  /// Steps done before.
  public let step: UInt32
  /// Which of the kernel's sweeps.
  public let sweep: Int
}

/// A transition of chains that leaves a density unchanged.
///
/// A kernel only proposes, and says with what log-ratio to accept; `MarkovChains` evaluates densities,
/// accepts by Metropolis and Hastings, shares out rows over threads and counts. Neither of its
/// functions may depend on rows of the same sweep, except that `exchange` may on those of its chains.
public protocol MarkovKernel: Sendable {
  /// Whether it moves along the score; not unless a kernel says otherwise.
  var needsScore: Bool { get }

  /// Whether its proposals have a momentum; not unless a kernel says otherwise.
  var needsMomentum: Bool { get }

  /// Rows for each chain; 1 unless a kernel says otherwise.
  var replicas: Int { get }

  /// Parts of the chains that move one after the other; 1 unless a kernel says otherwise.
  var sweeps: Int { get }

  /// The fewest chains it works with; 1 unless a kernel says otherwise.
  func fewestChains(dimension: Int) -> Int

  /// The step size of a replica at the start, and how it is learned.
  func tuning(replica: Int) -> StepTuning

  /// What a replica moves on at the start; the density itself unless a kernel says otherwise.
  func annealing(replica: Int) -> Annealing

  /// Evaluations of the density in a step, for each row; 1 unless a kernel says otherwise.
  func evaluations(at step: ChainStep) -> Int

  /// The mean of that over steps; 1 unless a kernel says otherwise.
  var meanEvaluations: Double { get }

  /// The kernel to use for a density with a score, or without: this one unless a kernel has a choice.
  func suited(toScore hasScore: Bool) -> any MarkovKernel

  /// Writes proposals for some rows, from random numbers of (step, row) only.
  func propose(
    _ rows: Range<Int>, at step: ChainStep, _ state: ChainState, _ proposals: ChainProposals)

  /// Moves proposals on that have been evaluated, where a step has several evaluations.
  func advance(
    _ rows: Range<Int>, at step: ChainStep, _ state: ChainState, _ proposals: ChainProposals)

  /// log (π(x′) q(x | x′)) / (π(x) q(x′ | x)) of a row whose proposal is finite, π being what its replica
  /// moves on.
  func logRatio(
    row: Int, at step: ChainStep, _ state: ChainState, _ proposals: ChainProposals
  ) -> Double

  /// What follows between the replicas of whole chains; nothing unless a kernel says otherwise.
  func exchange(
    _ rows: Range<Int>, at step: ChainStep, _ state: ChainState, _ proposals: ChainProposals)

  /// The annealings that a window of warm-up suggests, from the mean chances of the swaps in it, [R - 1]; the
  /// same unless a kernel says otherwise.
  func renewed(_ annealings: [Annealing], swapChances: [Double]) -> [Annealing]
}

extension MarkovKernel {
  /// False.
  public var needsScore: Bool { false }

  /// False.
  public var needsMomentum: Bool { false }

  /// 1.
  public var replicas: Int { 1 }

  /// 1.
  public var sweeps: Int { 1 }

  /// 1.
  public func fewestChains(dimension: Int) -> Int { 1 }

  /// None.
  public func annealing(replica: Int) -> Annealing { .none }

  /// 1.
  public func evaluations(at step: ChainStep) -> Int { 1 }

  /// 1.
  public var meanEvaluations: Double { 1 }

  /// This one.
  public func suited(toScore hasScore: Bool) -> any MarkovKernel { self }

  /// Nothing.
  public func advance(
    _ rows: Range<Int>, at step: ChainStep, _ state: ChainState, _ proposals: ChainProposals
  ) {}

  /// The same.
  public func renewed(_ annealings: [Annealing], swapChances: [Double]) -> [Annealing] {
    annealings
  }

  /// Nothing.
  public func exchange(
    _ rows: Range<Int>, at step: ChainStep, _ state: ChainState, _ proposals: ChainProposals
  ) {}

  /// The chains of a sweep.
  func chains(of sweep: Int, among chains: Int) -> Range<Int> {
    chains * sweep / sweeps..<chains * (sweep + 1) / sweeps
  }
}

extension ChainStep {
  /// Whether a thing of this log-odds happens; the columns of a row are independent.
  func accepts(_ chance: Double, row: Int, column: Int = 0) -> Bool {
    var words = stream.words(of: .uniform, step: step, row: row, column: column)
    return words.unit() < chance
  }

  /// Writes standard normals for some rows, [rows.count, columns].
  func normals(_ rows: Range<Int>, columns: Int, to out: UnsafeMutablePointer<Float>) {
    InstructionSet.active.kernels.normals(
      key: stream.key, step: step, firstRow: rows.lowerBound, rows: rows.count, columns: columns,
      to: out)
  }
}
