import Densities
import Diffusions
import KernelTables
import Kernels

/// What the log flow of a state is likely to be, before anything is learned: the forward-looking form.
///
///     (1 - t_i) log N(x_i; 0, variance at t_i) + t_i log ρ(x_i)
///
/// The marginal of the process at the beginning, the density at the end. The density is evaluated at x_1 …
/// x_{T-1}, and these evaluations count, unless the score needed them anyway. One thread's tools.
/// Reference: Pan et al. (2023), arXiv:2302.01687; Zhang et al. (2024), arXiv:2310.02679, eq. 15
final class FlowOutlook {
  private let density: CountedDensity
  private let isTold: Bool
  private let isRelative: Bool
  private let values: UnsafeMutablePointer<Float>
  private let marginals: UnsafeMutablePointer<Double>
  /// The condition of each point that is evaluated.
  private let conditions: UnsafeMutablePointer<Int32>

  /// - Parameters:
  ///   - isTold: Whether `out` holds t_i log ρ(x_i) already, from the evaluation of the score.
  ///   - isRelative: Whether flows are relative to those of a prior, so that no marginal belongs to them.
  init(_ density: CountedDensity, steps: Int, isTold: Bool, isRelative: Bool) {
    (self.density, self.isTold, self.isRelative) = (density, isTold, isRelative)
    values = .allocate(capacity: isTold ? 1 : steps * PathPlan.blockRows)
    conditions = .allocate(capacity: isTold ? 1 : steps * PathPlan.blockRows)
    marginals = .allocate(capacity: PathPlan.blockRows)
  }

  deinit {
    values.deallocate()
    conditions.deallocate()
    marginals.deallocate()
  }

  /// Writes it for all states; where the density is not finite, neither is what is written.
  func write(_ block: FlowRows, _ steps: StepTable, to out: StepMatrix) throws {
    if !isTold { try writeDensity(block, steps, to: out) }
    if isRelative { return }
    let stride = block.rows * density.dimension
    for (index, step) in block.steps.enumerated() {
      addMarginal(block.x + index * stride, step, block.rows, steps, to: out)
    }
  }

  /// t_i log ρ(x_i), all points at once; at x_0, where t is 0, nothing is evaluated.
  private func writeDensity(
    _ block: FlowRows, _ steps: StepTable, to out: StepMatrix
  ) throws {
    let known = max(1, block.steps.lowerBound)..<max(1, block.steps.upperBound)
    if !known.isEmpty {
      let skipped = (known.lowerBound - block.steps.lowerBound) * block.rows * density.dimension
      try density.logDensity(
        of: Points(
          block.x + skipped, count: known.count * block.rows, dimension: density.dimension,
          conditions: repeated(block, known.count)),
        into: values)
    }
    for step in block.steps {
      let (here, time) = ((step - known.lowerBound) * block.rows, steps.startTimes[step])
      for row in 0..<block.rows {
        out[step, row] = step == 0 ? 0 : time * Double(values[here + row])
      }
    }
  }

  /// The conditions of a block's rows, for so many steps.
  private func repeated(_ block: FlowRows, _ steps: Int) -> UnsafePointer<Int32>? {
    guard let indices = block.conditions?.indices else { return nil }
    for step in 0..<steps {
      (conditions + step * block.rows).update(from: indices, count: block.rows)
    }
    return UnsafePointer(conditions)
  }

  private func addMarginal(
    _ x: UnsafePointer<Float>, _ step: Int, _ rows: Int, _ steps: StepTable,
    to out: StepMatrix
  ) {
    let next = UnsafeMutableRawPointer(mutating: x)
    InstructionSet.active.kernels.logBackward(
      steps.marginals[step],
      GaussianStepBuffers(
        x: x, next: next, drift: x, raw: nil, rows: rows, dimension: density.dimension),
      to: marginals)
    let factor = 1 - steps.startTimes[step]
    for row in 0..<rows { out[step, row] += factor * marginals[row] }
  }
}
