import KernelTables
import Kernels
import TestSupport
import Testing

/// A transition, with a fixed or a learned variance and a certain or an uncertain way back.
struct StepCase: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let coefficients: GaussianStepCoefficients
  var isLearned: Bool { coefficients.logVarianceRange != 0 }

  init(_ description: String, range: Double, backwardVariance: Double, retention: Double = 1) {
    testDescription = description
    coefficients = GaussianStepCoefficients(
      retention: retention, duration: 0.125, logVariance: 0.5, logVarianceRange: range,
      backwardRetention: 0.75, backwardVariance: backwardVariance,
      forwardConstant: scalarLog(2 * .pi * 0.125),
      backwardConstant: backwardVariance > 0 ? scalarLog(2 * .pi * backwardVariance) : .nan)
  }

  static let all = [
    StepCase("fixed variance", range: 0, backwardVariance: 0.25),
    StepCase("learned variance", range: 4, backwardVariance: 0.25, retention: 0.5),
    StepCase("certain way back", range: 2, backwardVariance: 0),
  ]

  /// x, next, drift, raw, noise, and two results.
  func buffers(_ rows: Int, _ dimension: Int) -> [[Float]] {
    (0..<7).map { spread(rows * dimension, seed: UInt64($0)) }
  }

  func step(_ b: KernelBuffers, _ rows: Int, _ dimension: Int) -> GaussianStepBuffers {
    GaussianStepBuffers(
      x: b[0], next: b[1], drift: b[2], raw: isLearned ? UnsafeRawPointer(b[3]) : nil, rows: rows,
      dimension: dimension)
  }
}

@Suite("A Gaussian step")
struct GaussianStepTests {
  static let shapes =
    awkwardSizes.map { (rows: $0, dimension: 3) }
    + awkwardSizes.dropFirst().map { (rows: 3, dimension: $0) } + [(rows: 2, dimension: 2100)]

  @Test("proposes as its slow twin does", arguments: StepCase.all, shapes)
  func propose(_ step: StepCase, _ shape: (rows: Int, dimension: Int)) {
    for exploration in [0, 0.04] {
      expectTwins(step.buffers(shape.rows, shape.dimension), within: .scaled(2e-6)) {
        $0.kernels.propose(
          step.coefficients, step.step($0, shape.rows, shape.dimension), noise: $0[4],
          exploration: exploration)
      }
    }
  }

  @Test("has the log-densities of its slow twin", arguments: StepCase.all, shapes)
  func logDensities(_ step: StepCase, _ shape: (rows: Int, dimension: Int)) {
    let outputs = [Double](repeating: 5, count: shape.rows)
    expectTwins(
      step.buffers(shape.rows, shape.dimension), doubles: [outputs, outputs], within: .scaled(4e-6)
    ) {
      let buffers = step.step($0, shape.rows, shape.dimension)
      $0.kernels.logForward(step.coefficients, buffers, to: $0.doubles[0])
      $0.kernels.logBackward(step.coefficients, buffers, to: $0.doubles[1])
    }
  }

  @Test("has the gradient of its slow twin", arguments: StepCase.all, shapes)
  func gradient(_ step: StepCase, _ shape: (rows: Int, dimension: Int)) {
    let seeds = spread(shape.rows, seed: 20).map { Double($0) }
    expectTwins(
      step.buffers(shape.rows, shape.dimension), doubles: [seeds], within: .scaled(4e-6)
    ) {
      $0.kernels.logForwardGradient(
        step.coefficients, step.step($0, shape.rows, shape.dimension), seed: $0.doubles[0],
        drift: $0[5], raw: step.isLearned ? $0[6] : nil)
    }
  }

  /// log N(x′; retention x + Δ μ, Δ exp ℓ), written out.
  @Test("is the normal density that its coefficients name", arguments: StepCase.all)
  func closedForm(_ step: StepCase) {
    let (c, x) = (step.coefficients, step.buffers(1, 1).map { Double($0[0]) })
    func logNormal(_ residual: Double, _ variance: Double) -> Double {
      -0.5 * (residual * residual / variance + scalarLog(2 * .pi * variance))
    }
    let tanh = ReferenceKernels.definition(of: .hyperbolicTangent)(x[3])
    let variance = c.duration * scalarExp(c.logVariance + c.logVarianceRange * tanh)
    let forward = logNormal(x[1] - c.retention * x[0] - c.duration * x[2], variance)
    let backward =
      c.backwardVariance > 0
      ? logNormal(x[0] - c.backwardRetention * x[1], c.backwardVariance) : 0
    let result = outcome(of: ReferenceKernels.self, step.buffers(1, 1), doubles: [[0], [0]]) {
      $0.kernels.logForward(c, step.step($0, 1, 1), to: $0.doubles[0])
      $0.kernels.logBackward(c, step.step($0, 1, 1), to: $0.doubles[1])
    }
    expect(
      result.buffers[7] + result.buffers[8], equals: [forward, backward], within: .relative(1e-12))
  }
}
