import KernelTables
import Kernels
import TestSupport
import Testing

@Suite("A step on the way back")
struct ReversalTests {
  static let shapes = GaussianStepTests.shapes

  func buffers(
    _ b: KernelBuffers, _ rows: Int, _ dimension: Int, isLearned: Bool
  ) -> ReversalBuffers {
    ReversalBuffers(
      x: b[0], next: b[1], mean: isLearned ? UnsafeRawPointer(b[2]) : nil,
      raw: isLearned ? UnsafeRawPointer(b[3]) : nil, range: 0.3, rows: rows, dimension: dimension)
  }

  @Test("goes back as its slow twin does", arguments: StepCase.all, shapes)
  func retreat(_ step: StepCase, _ shape: (rows: Int, dimension: Int)) {
    expectTwins(step.buffers(shape.rows, shape.dimension), within: .scaled(2e-6)) {
      $0.kernels.retreat(
        step.coefficients,
        buffers($0, shape.rows, shape.dimension, isLearned: step.isLearned), noise: $0[4])
    }
  }

  @Test("has the log-density and gradient of its slow twin", arguments: StepCase.all, shapes)
  func gradient(_ step: StepCase, _ shape: (rows: Int, dimension: Int)) {
    let seeds = spread(shape.rows, seed: 20).map { Double($0) }
    let outputs = [Double](repeating: 5, count: shape.rows)
    expectTwins(
      step.buffers(shape.rows, shape.dimension), doubles: [seeds, outputs], within: .scaled(8e-6)
    ) {
      let way = buffers($0, shape.rows, shape.dimension, isLearned: step.isLearned)
      $0.kernels.logReversal(step.coefficients, way, to: $0.doubles[1])
      guard step.isLearned else { return }
      $0.kernels.logReversalGradient(
        step.coefficients, way, seed: $0.doubles[0], mean: $0[5], raw: $0[6])
    }
  }

  /// log N(x; (1 - (1 - r) m) x′, v s), written out, and its differences.
  @Test("is the normal density that its coefficients name", arguments: StepCase.all)
  func closedForm(_ step: StepCase) {
    let (c, b) = (step.coefficients, step.buffers(1, 1).map { Double($0[0]) })
    let tanh = ReferenceKernels.definition(of: .hyperbolicTangent)
    func logNormal(_ mean: Double, _ raw: Double) -> Double {
      guard c.backwardVariance > 0 else { return 0 }
      let pull = (1 - c.backwardRetention) * (step.isLearned ? 1 + 0.3 * tanh(mean) : 1)
      let variance = c.backwardVariance * (step.isLearned ? 1 + 0.3 * tanh(raw) : 1)
      let residual = b[0] - (1 - pull) * b[1]
      return -0.5 * (residual * residual / variance + scalarLog(2 * .pi * variance))
    }
    let result = outcome(of: ReferenceKernels.self, step.buffers(1, 1), doubles: [[2], [0]]) {
      let way = buffers($0, 1, 1, isLearned: step.isLearned)
      $0.kernels.logReversal(c, way, to: $0.doubles[1])
      guard step.isLearned else { return }
      $0.kernels.logReversalGradient(c, way, seed: $0.doubles[0], mean: $0[5], raw: $0[6])
    }
    expect(result.buffers[8], equals: [logNormal(b[2], b[3])], within: .relative(1e-12))
    guard step.isLearned else { return }
    let byMean = centralDifference { logNormal(b[2] + $0, b[3]) }
    let byRaw = centralDifference { logNormal(b[2], b[3] + $0) }
    expect(
      result.buffers[5] + result.buffers[6], equals: [2 * byMean, 2 * byRaw], within: .scaled(1e-7))
  }
}
