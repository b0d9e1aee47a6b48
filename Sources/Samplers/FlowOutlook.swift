import Densities
import Diffusions
import KernelTables
import Kernels

/// What the log flow of a state is likely to be, before anything is learned: the forward-looking form.
///
///     (1 - t_i) log N(x_i; 0, σ² max(1, i) Δ) + t_i log ρ(x_i)
///
/// The marginal of the process at the beginning, the density at the end. The density is evaluated at x_1 …
/// x_{T-1}, and these evaluations count. One thread's tools.
/// Reference: Pan et al. (2023), arXiv:2302.01687; Zhang et al. (2024), arXiv:2310.02679, eq. 15
final class FlowOutlook {
  private let process: PinnedBrownian
  private let density: CountedDensity
  private let values: UnsafeMutablePointer<Float>
  private let marginals: UnsafeMutablePointer<Double>

  init(_ process: PinnedBrownian, _ density: CountedDensity) {
    (self.process, self.density) = (process, density)
    values = .allocate(capacity: process.steps * PathBatch.blockRows)
    marginals = .allocate(capacity: PathBatch.blockRows)
  }

  deinit {
    values.deallocate()
    marginals.deallocate()
  }

  /// Adds it at all states to `out`; where the density is not finite, what is added is not.
  func add(_ block: FlowRows, to out: StepMatrix) throws {
    let known = max(1, block.steps.lowerBound)..<max(1, block.steps.upperBound)
    let stride = block.rows * density.dimension
    if !known.isEmpty {
      let first = block.x + (known.lowerBound - block.steps.lowerBound) * stride
      try density.logDensity(
        of: Points(first, count: known.count * block.rows, dimension: density.dimension),
        into: values)
    }
    for (index, step) in block.steps.enumerated() {
      let time = process.time(of: step)
      addMarginal(block.x + index * stride, step, block.rows, 1 - time, to: out)
      guard step > 0 else { continue }
      let here = values + (step - known.lowerBound) * block.rows
      for row in 0..<block.rows { out[step, row] += time * Double(here[row]) }
    }
  }

  private func addMarginal(
    _ x: UnsafePointer<Float>, _ step: Int, _ rows: Int, _ factor: Double, to out: StepMatrix
  ) {
    let next = UnsafeMutableRawPointer(mutating: x)
    InstructionSet.active.kernels.logBackward(
      process.marginal(step),
      GaussianStepBuffers(
        x: x, next: next, drift: x, raw: nil, rows: rows, dimension: density.dimension),
      to: marginals)
    for row in 0..<rows { out[step, row] += factor * marginals[row] }
  }
}
