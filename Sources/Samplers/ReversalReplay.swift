import Diffusions
import KernelTables
import Networks
import Tensors

/// The gradient of log P_B by the network of the way back: one thread's tools.
final class ReversalReplay {
  private let network: PathNetwork
  private let range: Double
  private let adjoints: LayerAdjoints
  private let means: UnsafeMutableRawPointer
  private let raws: UnsafeMutableRawPointer
  private let bytesPerRow: Int

  init(_ network: PathNetwork, range: Double, _ type: ScalarType) {
    (self.network, self.range) = (network, range)
    let pairs = PathPlan.blockRows * PathPlan.chunkSteps
    bytesPerRow = network.dimension * type.byteCount
    adjoints = LayerAdjoints(network.trunk, pairs: pairs, type)
    means = .allocate(byteCount: max(1, pairs * bytesPerRow), alignment: 64)
    raws = .allocate(byteCount: max(1, pairs * bytesPerRow), alignment: 64)
  }

  deinit {
    means.deallocate()
    raws.deallocate()
  }

  /// Adds the gradient of a run of steps to the parameters' and the time tables'.
  /// - Parameters:
  ///   - slot: Where the first of the steps is kept.
  ///   - seeds: ∂ loss / ∂ log P_B.
  func run(
    _ steps: Range<Int>, _ slot: Int, rows: Int, _ segment: PathSegment, _ inputs: PathInputs,
    _ seeds: StepMatrix, _ times: TimeGradients
  ) {
    guard let kept = segment.reversal else { preconditionFailure("nothing was kept") }
    let pass = inputs.pass
    for (index, step) in steps.enumerated() {
      let offset = index * rows * bytesPerRow
      pass.kernels.logReversalGradient(
        inputs.steps.coefficients[step],
        segment.wayBack(slot + index, rows: rows, dimension: network.dimension, range: range),
        seed: seeds.row(step), mean: means + offset, raw: raws + offset)
    }
    let states = kept.rows(from: slot, rows: rows, states: segment)
    let gradient = NetworkRows(x: states.x, score: nil, drift: means, raw: raws)
    network.pullBack(
      gradient, pairs: steps.count * rows, kept.activations, from: slot * rows, adjoints, at: 0,
      pass)
    network.accumulateGradients(
      gradient, steps: steps, rows: rows, kept.activations, from: slot * rows, adjoints, times,
      pass)
  }
}
