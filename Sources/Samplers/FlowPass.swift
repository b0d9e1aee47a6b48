import KernelTables
import Kernels
import Networks
import Tensors

/// A run of adjacent steps of one block of rows, as state flows see it.
struct FlowRows {
  /// States at the beginnings of the steps, [steps, rows, D].
  let x: UnsafePointer<Float>
  /// The steps.
  let steps: Range<Int>
  /// Rows of each step.
  let rows: Int
  /// What the conditions of the rows add, where there are any.
  var conditions: ConditionInputs?

  /// Pairs of step and row.
  var count: Int { steps.count * rows }
}

/// The learned part of the state flow at the states of a block, and its gradient: one thread's tools.
///
/// A few steps pass at a time, so that all they make stays in the cache.
final class FlowPass {
  private let trunk: Trunk
  private let dimension: Int
  private let values: UnsafeMutablePointer<Float>
  private let adjoints: LayerAdjoints

  init(_ trunk: Trunk, dimension: Int) {
    (self.trunk, self.dimension) = (trunk, dimension)
    let pairs = PathPlan.blockRows * PathPlan.chunkSteps
    values = .allocate(capacity: pairs)
    adjoints = LayerAdjoints(trunk, pairs: pairs, .float32)
  }

  deinit { values.deallocate() }

  /// Adds f at all states to `out`, whose row 0 is the block's first, and keeps the activations.
  /// - Parameter starts: The time table, [T, width].
  func add(
    _ block: FlowRows, _ kept: Activations, _ starts: UnsafeRawPointer, _ pass: PassParameters,
    to out: StepMatrix?
  ) {
    let (rows, end) = (block.rows, block.steps.upperBound)
    for first in stride(from: block.steps.lowerBound, to: end, by: PathPlan.chunkSteps) {
      let steps = first..<min(end, first + PathPlan.chunkSteps)
      let pair = (first - block.steps.lowerBound) * rows
      trunk.forward(
        block.x + pair * dimension, steps: steps, rows: rows, starts: starts,
        offsets: block.conditions?.flow?.values, kept, at: pair, to: values, pass)
      guard let out else { continue }
      for (index, step) in steps.enumerated() {
        for row in 0..<rows { out[step, row] += Double(values[index * rows + row]) }
      }
    }
  }

  /// Adds the gradient of a few steps to the parameters' and to the time table's.
  /// - Parameter seeds: ∂ loss / ∂ log F.
  func runBackward(
    _ block: FlowRows, _ kept: Activations, from pair: Int, timeGradient: UnsafeMutableRawPointer,
    _ pass: PassParameters, _ seeds: StepMatrix
  ) {
    let output = adjoints.output(from: 0).assumingMemoryBound(to: Float.self)
    for (index, step) in block.steps.enumerated() {
      for row in 0..<block.rows { output[index * block.rows + row] = Float(seeds[step, row]) }
    }
    trunk.pullBack(pairs: block.count, kept, from: pair, adjoints, at: 0, pass)
    trunk.accumulateGradients(
      block.x, steps: block.steps, rows: block.rows, kept, from: pair, adjoints,
      starts: timeGradient, offsets: block.conditions?.flow?.gradient, pass)
  }
}
