import KernelTables
import Networks
import Storage
import Tensors

/// A frozen path network: the prior whose forward log-probabilities stand for those of the way back.
///
///     log p(x′ | x) = log N(x′; r x + h μ_p(x, t), h exp(ℓ_p))
///
/// Process and steps are those of the posterior.
final class PathPrior: @unchecked Sendable {
  /// Drift and variance.
  let network: PathNetwork
  /// What conditions add to its first layer, where the prior is conditional.
  let conditions: ConditionNetwork?
  /// The parameters, which never change.
  let parameters = ParameterSet()
  /// Whether the posterior's network adds to what this one says.
  let isAdded: Bool

  /// - Throws: `ConfigError` for a prior that is no chain of its own steps, or of another density's shape.
  init(
    _ saved: SavedPrior, start: PosteriorStart, dimension: Int, conditionDimension: Int?
  ) throws {
    try Self.check(saved, dimension: dimension, isConditional: conditionDimension != nil)
    let (config, set) = (saved.config, parameters)
    network = PathNetwork(
      config.network, dimension: dimension, usesScore: false,
      learnsVariance: config.process.learnedVariance, in: set)
    conditions =
      saved.hasParameter(Self.conditional)
      ? conditionDimension.map {
        ConditionNetwork(inputs: $0, width: config.network.width, in: set)
      } : nil
    isAdded = start == .correction
    parameters.initialize(seed: 0)
    try saved.load(into: parameters)
  }

  /// What the names of parameters begin with that only conditional runs have.
  static let conditional = "condition."

  private static func check(
    _ saved: SavedPrior, dimension: Int, isConditional: Bool
  ) throws(ConfigError) {
    func require(_ holds: Bool, _ reason: String) throws(ConfigError) {
      try ConfigError.require(holds, "prior.run", reason)
    }
    try require(
      saved.config.method == .paths,
      "the prior's run has the method \(saved.config.method.rawValue), not paths")
    try require(
      saved.density.dimension == dimension,
      "the prior is in dimension \(saved.density.dimension), the density in \(dimension)")
    try require(
      !saved.hasParameter("langevin"),
      "the prior's drift has a multiple of its density's score; train it with network.langevin = off"
    )
    try require(
      saved.config.prior.initialize != .correction,
      "the prior is itself a correction to another; train it with prior.initialize = copy")
    try require(
      isConditional || !saved.hasParameter(conditional),
      "the prior has conditions, and the density has none")
  }
}

/// What a pass over paths reads of a prior.
struct PriorInputs {
  let pass: PassParameters
  let times: TimeTables
}

/// One thread's tools: what the prior says of a step's states.
final class PriorPass {
  private let prior: PathPrior
  private let activations: Activations
  private let scratch: UnsafeMutableRawPointer
  private let drift: UnsafeMutableRawPointer
  private let raw: UnsafeMutableRawPointer?
  private let gate: UnsafeMutableRawPointer?

  init(_ prior: PathPrior, _ type: ScalarType) {
    self.prior = prior
    let (rows, network) = (PathPlan.blockRows, prior.network)
    activations = Activations(network.trunk, pairs: rows, keepsSlopes: false, type)
    func room(_ columns: Int) -> UnsafeMutableRawPointer {
      .allocate(byteCount: rows * columns * type.byteCount, alignment: 64)
    }
    scratch = room(network.outputColumns)
    drift = room(network.dimension)
    raw = network.learnsVariance ? room(network.dimension) : nil
    gate = network.isGated ? room(network.dimension) : nil
  }

  deinit {
    scratch.deallocate()
    drift.deallocate()
    raw?.deallocate()
    gate?.deallocate()
  }

  /// Asks the prior about the states x at the beginning of a step, [rows, D].
  /// - Parameter offsets: What conditions add, [rows, width].
  func consult(
    _ x: UnsafeRawPointer, step: Int, rows: Int, _ inputs: PriorInputs,
    offsets: UnsafeRawPointer?
  ) {
    prior.network.forward(
      NetworkRows(x: x, score: nil, drift: drift, raw: raw, gate: gate), step: step, rows: rows,
      inputs.times, offsets: offsets, activations, at: 0, scratch: scratch, inputs.pass)
  }

  /// Adds what the prior said to what the posterior's network says.
  func add(to io: NetworkRows, rows: Int, _ inputs: PriorInputs) {
    let count = rows * prior.network.dimension
    inputs.pass.kernels.accumulate(drift, into: io.drift, count: count)
    guard let raw, let own = io.raw else { return }
    inputs.pass.kernels.accumulate(raw, into: own, count: count)
  }

  /// The same transition as a step of the prior's.
  func transition(_ own: GaussianStepBuffers) -> GaussianStepBuffers {
    var buffers = own
    buffers.drift = UnsafeRawPointer(drift)
    buffers.raw = raw.map { UnsafeRawPointer($0) }
    return buffers
  }
}
