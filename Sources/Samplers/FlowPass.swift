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

  /// Pairs of step and row.
  var count: Int { steps.count * rows }
}

/// The learned part of the state flow at the states of a block, and its gradient: one thread's tools.
///
/// Some hundred pairs of step and row go through a short tape at a time, which makes the same numbers
/// again before it goes backwards: they stay in the cache, and memory does not grow with the
/// number of steps.
final class FlowPass {
  /// Pairs on one tape.
  private static let pairs = 240

  private let flow: StateFlow
  private let dimension: Int
  private let tape = Tape()
  private let seeds: UnsafeMutablePointer<Float>

  init(_ flow: StateFlow, dimension: Int) {
    (self.flow, self.dimension) = (flow, dimension)
    seeds = .allocate(capacity: FlowPass.pairs + PathPlan.blockRows)
  }

  deinit { seeds.deallocate() }

  /// Adds f at all states to `out`, whose row 0 is the block's first.
  func add(
    _ block: FlowRows, _ times: UnsafePointer<Float>, _ parameters: ParameterBinding,
    to out: StepMatrix
  ) {
    tape.isRecording = false
    forEachChunk(of: block) { chunk in
      tape.reset()
      let values = evaluate(chunk, times, parameters, timeGradient: nil).data
        .assumingMemoryBound(to: Float.self)
      for (index, step) in chunk.steps.enumerated() {
        for row in 0..<chunk.rows { out[step, row] += Double(values[index * chunk.rows + row]) }
      }
    }
  }

  /// Adds the gradient to the parameters' and to the time table's.
  /// - Parameter adjoints: ∂ loss / ∂ log F.
  func runBackward(
    _ block: FlowRows, _ times: UnsafePointer<Float>, _ parameters: ParameterBinding,
    timeGradient: UnsafeMutablePointer<Float>, _ adjoints: StepMatrix
  ) {
    tape.isRecording = true
    forEachChunk(of: block) { chunk in
      tape.reset()
      let values = evaluate(chunk, times, parameters, timeGradient: timeGradient)
      for (index, step) in chunk.steps.enumerated() {
        for row in 0..<chunk.rows { seeds[index * chunk.rows + row] = Float(adjoints[step, row]) }
      }
      tape.backward(from: values, seed: seeds)
    }
  }

  private func evaluate(
    _ chunk: FlowRows, _ times: UnsafePointer<Float>, _ parameters: ParameterBinding,
    timeGradient: UnsafeMutablePointer<Float>?
  ) -> Tensor {
    let offset = chunk.steps.lowerBound * flow.width
    let shape = Shape(rows: chunk.steps.count, columns: flow.width)
    let encoding =
      if let timeGradient {
        tape.variable(times + offset, shape, gradient: timeGradient + offset)
      } else {
        tape.constant(times + offset, shape)
      }
    let x = tape.constant(chunk.x, Shape(rows: chunk.count, columns: dimension))
    return flow(x, at: encoding, Context(tape: tape, parameters: parameters))
  }

  private func forEachChunk(of block: FlowRows, _ body: (FlowRows) -> Void) {
    let length = max(1, FlowPass.pairs / max(1, block.rows))
    for first in stride(from: block.steps.lowerBound, to: block.steps.upperBound, by: length) {
      let steps = first..<min(block.steps.upperBound, first + length)
      let x = block.x + (first - block.steps.lowerBound) * block.rows * dimension
      body(FlowRows(x: x, steps: steps, rows: block.rows))
    }
  }
}
