import Kernels
import TestSupport
import Testing

@testable import Samplers

@Suite("The choice of steps that carry gradient")
struct StepThinningTests {
  @Test("counts every run of steps once in the mean", arguments: [0.1, 0.25, 0.7, 1])
  func mean(_ fraction: Double) {
    let settings = SimulationSettings(
      stream: RandomStream(seed: 2), stepFraction: fraction, nonFinite: .stop)
    let choices = (0..<4000).map { StepThinning(settings, block: $0) }
    for run in 0..<13 {
      let mean = choices.reduce(0) { $0 + $1.factor(of: run) } / 4000
      // Five standard errors: a false alarm once in a million.
      let error = 5 * ((1 / fraction - 1) / 4000).squareRoot()
      #expect((mean - 1).magnitude <= error + 1e-12)
    }
    for choice in choices.prefix(50) {
      let chosen = (0..<13).count { choice.factor(of: $0) != 0 }
      #expect((Double(chosen) - 13 * fraction).magnitude < 1)
    }
  }
}
