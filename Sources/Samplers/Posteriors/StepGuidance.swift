import Densities
import Diffusions
import KernelTables
import Kernels
import Tensors
import Training

/// What is added to the drift of a posterior's steps without any training.
public enum GuidanceKind: String, Codable, Sendable, CaseIterable {
  /// Nothing.
  case none
  /// The score of the constraint at the state x: classifier guidance.
  case score
  /// The score of the constraint at x + (1 - t) μ, where the drift μ would end: diffusion posterior
  /// sampling, its Jacobian left out.
  case denoisedScore = "denoised-score"
}

/// One thread's tools to add a multiple of the constraint's score to a drift.
///
///     μ += scale · v · clip(∇ log r(x))                     (score)
///     μ += scale · v · clip(∇ log r(x + (1 - t) μ))         (denoised-score)
///
/// v is the variance of the way back over the step's length, σ² i / (i + 1) for a pinned Brownian motion. The
/// chain so guided is not the posterior; its log-weights say by how much.
/// Reference: Dhariwal and Nichol (2021), arXiv:2105.05233, algorithm 1; Chung et al. (2023), *Diffusion
/// posterior sampling*, arXiv:2209.14687, algorithm 1
final class StepGuidance {
  private let kind: GuidanceKind
  private let scale: Double
  private let bound: Double
  private let density: CountedDensity
  private let points: UnsafeMutablePointer<Float>
  private let scores: UnsafeMutablePointer<Float>
  private let values: UnsafeMutablePointer<Float>

  /// Nil where there is no guidance.
  init?(_ model: PathModel, _ density: CountedDensity) {
    guard model.guidance.kind != .none else { return nil }
    (kind, scale) = (model.guidance.kind, model.guidance.scale)
    (bound, self.density) = (model.scoreBound, density)
    let count = PathPlan.blockRows * model.network.dimension
    points = .allocate(capacity: count)
    scores = .allocate(capacity: count)
    values = .allocate(capacity: PathPlan.blockRows)
  }

  deinit {
    points.deallocate()
    scores.deallocate()
    values.deallocate()
  }

  /// Adds to the drift of a block's rows at a step.
  func add(
    to drift: UnsafeMutablePointer<Float>, at x: UnsafePointer<Float>, _ step: Int, rows: Int,
    _ steps: StepTable, conditions: UnsafePointer<Int32>?, _ policy: NonFinitePolicy,
    _ isDamaged: UnsafeMutablePointer<Bool>
  ) throws {
    let kernels = InstructionSet.active.kernels
    let count = rows * density.dimension
    points.update(from: x, count: count)
    if kind == .denoisedScore {
      let left = 1 - steps.startTimes[step]
      kernels.affine(drift, scale: left, shift: 0, to: points, count: count, accumulating: true)
    }
    let ends = Points(points, count: rows, dimension: density.dimension, conditions: conditions)
    try density.score(of: ends, logDensity: values, into: scores)
    if kernels.countNonFinite(scores, count: count) > 0 {
      try setAsideNonFinite(scores, at: ends, policy, isDamaged)
    }
    kernels.clip(scores, bound: bound, to: scores, count: count)
    let coefficients = steps.coefficients[step]
    kernels.affine(
      scores, scale: scale * coefficients.backwardVariance / coefficients.duration, shift: 0,
      to: drift, count: count, accumulating: true)
  }
}
