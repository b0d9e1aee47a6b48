import KernelTables
import Kernels
import Tensors
import TestSupport
import Testing

@Suite("Going backwards from log P_F")
struct GaussianStepGradientTests {
  static let steps = (0..<3).map { index in
    GaussianStepCoefficients(
      retention: 1 - 0.1 * Double(index), duration: 0.25, logVariance: 0.5, logVarianceRange: 2,
      backwardRetention: 0.5, backwardVariance: 1, forwardConstant: 0.3, backwardConstant: 0)
  }

  /// The states, drift and raw input of all steps, and the weight of each log P_F.
  struct Block {
    let rows, dimension: Int
    let isLearned: Bool
    var values: [[Double]]
    let seeds: [Double]
    var coefficients: [GaussianStepCoefficients]

    init(rows: Int, dimension: Int, isLearned: Bool) {
      (self.rows, self.dimension, self.isLearned) = (rows, dimension, isLearned)
      coefficients = GaussianStepGradientTests.steps
      if !isLearned { for s in coefficients.indices { coefficients[s].logVarianceRange = 0 } }
      let count = rows * coefficients.count
      values = (0..<4).map { spread(count * dimension, seed: $0).map { Double($0) } }
      seeds = spread(count, seed: 9).map { Double($0) }
    }

    var shape: Shape { Shape(rows * coefficients.count, dimension) }

    /// Σ seed log P_F.
    var scalar: Double {
      let tape = Tape(.float64)
      let tensors = values.map { tape.copy($0, shape) }
      let out = tape.copy(seeds, Shape(seeds.count))
      for (s, step) in coefficients.enumerated() {
        let offset = 8 * s * rows * dimension
        ReferenceKernels.logForward(
          step,
          GaussianStepBuffers(
            x: tensors[0].data + offset, next: tensors[1].data + offset,
            drift: tensors[2].data + offset, raw: tensors[3].data + offset, rows: rows,
            dimension: dimension),
          to: (out.data + 8 * s * rows).assumingMemoryBound(to: Double.self))
      }
      return zip(out.values, seeds).reduce(0) { $0 + $1.0 * $1.1 }
    }

    /// The gradients by drift and raw, from the tape.
    var gradients: [[Double]] {
      let tape = Tape(.float64)
      let tensors = values.map { tape.copy($0, shape) }
      let zeros = [Double](repeating: 0, count: shape.count)
      let (drift, raw) = (tape.copy(zeros, shape), tape.copy(zeros, shape))
      let variable = tape.variable(tensors[2].data, shape, gradient: drift.data)
      let rawVariable = tape.variable(tensors[3].data, shape, gradient: raw.data)
      tape.backwardFromLogForward(
        drift: variable, raw: isLearned ? rawVariable : nil, x: tensors[0].data,
        next: tensors[1].data, coefficients: coefficients[...],
        seed: UnsafePointer(
          tape.copy(seeds, Shape(seeds.count)).data
            .assumingMemoryBound(to: Double.self)))
      return [drift.values, raw.values]
    }
  }

  @Test(
    "gives the gradient by drift and raw variance of all steps", arguments: [0, 1, 3, 5, 17],
    [true, false])
  func gradient(_ rows: Int, _ isLearned: Bool) {
    for dimension in [1, 3] {
      let block = Block(rows: rows, dimension: dimension, isLearned: isLearned)
      let gradients = block.gradients
      for input in 0..<2 {
        for direction in directions(block.shape.count, seed: 4) {
          let slope = zip(direction, gradients[input]).reduce(0) { $0 + $1.0 * $1.1 }
          let difference = centralDifference { h in
            var moved = block
            for i in direction.indices { moved.values[2 + input][i] += h * direction[i] }
            return moved.scalar
          }
          expect(slope, equals: difference, within: .scaled(1e-6), "input \(input)")
        }
      }
    }
  }
}
