import KernelTables
import Kernels
import TestSupport
import Testing

@Suite("A step of a simulated path")
struct PathStepTests {
  static let shapes = GaussianStepTests.shapes

  @Test(
    "has the bits of proposing and of both log-densities, one after the other",
    arguments: StepCase.all, shapes)
  func advance(_ step: StepCase, _ shape: (rows: Int, dimension: Int)) {
    let doubles = [[Double]](repeating: .init(repeating: 5, count: shape.rows), count: 2)
    let buffers = step.buffers(shape.rows, shape.dimension)
    for set in InstructionSet.available {
      let fused = outcome(of: set.kernels, buffers, doubles: doubles) {
        $0.kernels.advance(
          step.coefficients, step.step($0, shape.rows, shape.dimension), noise: $0[4],
          exploration: 0.04, logForward: $0.doubles[0], logBackward: $0.doubles[1])
      }
      let parts = outcome(of: set.kernels, buffers, doubles: doubles) {
        let one = step.step($0, shape.rows, shape.dimension)
        $0.kernels.propose(step.coefficients, one, noise: $0[4], exploration: 0.04)
        $0.kernels.logForward(step.coefficients, one, to: $0.doubles[0])
        $0.kernels.logBackward(step.coefficients, one, to: $0.doubles[1])
      }
      #expect(fused == parts && fused.staysInside, "\(set)")
    }
  }

  @Test(
    "goes backwards through the simulation as its slow twin does", arguments: StepCase.all, shapes)
  func reparametrized(_ step: StepCase, _ shape: (rows: Int, dimension: Int)) {
    let seeds = [1, 2].map { spread(shape.rows, seed: $0).map { Double($0) } }
    expectTwins(
      step.buffers(shape.rows, shape.dimension), doubles: seeds, within: .scaled(8e-6)
    ) {
      $0.kernels.reparametrizedGradient(
        step.coefficients, step.step($0, shape.rows, shape.dimension), forward: $0.doubles[0],
        backward: $0.doubles[1], adjoint: $0[4], drift: $0[5], raw: step.isLearned ? $0[6] : nil)
    }
  }
}
