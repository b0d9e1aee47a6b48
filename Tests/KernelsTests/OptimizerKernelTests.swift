import KernelTables
import Kernels
import TestSupport
import Testing

@Suite("An optimiser's loop")
struct OptimizerKernelTests {
  /// Parameters, gradient, first moment or velocity, second moment.
  func buffers(_ n: Int) -> [[Float]] {
    let variance = spread(n, seed: 4, scale: 1, offset: 1)
    return [spread(n, seed: 1), spread(n, seed: 2), spread(n, seed: 3), variance]
  }

  @Test("agrees with its slow twin: Adam, with and without either decay", arguments: awkwardSizes)
  func adam(_ n: Int) {
    for (decay, shrinkage, factor) in [(0, 0, 1), (0.1, 0, 0.3), (0, 0.05, 1)] {
      let coefficients = AdamCoefficients(
        rate: 0.02, momentDecay: 0.9, varianceDecay: 0.999, varianceCorrection: 0.3,
        epsilon: 1e-3, weightDecay: decay, shrinkage: shrinkage, gradientFactor: factor)
      expectTwins(buffers(n), within: .scaled(2e-6)) {
        $0.kernels.adam(
          coefficients, parameters: $0[0], gradient: $0[1], moment: $0[2], variance: $0[3],
          count: n)
      }
    }
  }

  @Test("agrees with its slow twin: SGD, with both momenta", arguments: awkwardSizes)
  func sgd(_ n: Int) {
    for (momentum, nesterov, decay, factor) in [
      (0, false, 0, 1), (0.9, false, 0.1, 1), (0.9, true, 0, 0.3), (0.5, true, 0.1, 1),
    ] {
      let coefficients = SGDCoefficients(
        rate: 0.3, momentum: momentum, nesterov: nesterov, weightDecay: decay,
        gradientFactor: factor)
      expectTwins(buffers(n), within: .scaled(2e-6)) {
        $0.kernels.sgd(
          coefficients, parameters: $0[0], gradient: $0[1], velocity: $0[2], count: n)
      }
    }
  }

  @Test("agrees with its slow twin: the moving average", arguments: awkwardSizes)
  func average(_ n: Int) {
    for weight in [0, 1e-3, 0.5, 1] {
      expectTwins(buffers(n), within: .scaled(2e-6)) {
        $0.kernels.moveAverage($0[0], towards: $0[1], weight: weight, count: n)
      }
    }
  }

  @Test("agrees with its slow twin: the sum of squares", arguments: awkwardSizes + [10_007])
  func sumOfSquares(_ n: Int) {
    for scale in [1, 0x1p-70, 0x1p100] {
      let sum = [Double](repeating: 0, count: 1)
      expectTwins([spread(n, scale: scale)], doubles: [sum], within: .relative(1e-13)) {
        $0.doubles[0][0] = $0.kernels.sumOfSquares($0[0], count: n)
      }
    }
  }

  @Test("keeps the bits of a parameter without gradient, decay and memory")
  func still() {
    let parameters: [Float] = [0, -0.0, 1e-40, -3, .greatestFiniteMagnitude]
    let zeros = [Float](repeating: 0, count: 5)
    for set in InstructionSet.available {
      let result = outcome(of: set.kernels, [parameters, zeros, zeros, zeros]) {
        let adam = AdamCoefficients(
          rate: 0.1, momentDecay: 0.9, varianceDecay: 0.9, varianceCorrection: 1, epsilon: 1,
          weightDecay: 0)
        $0.kernels.adam(
          adam, parameters: $0[0], gradient: $0[1], moment: $0[2], variance: $0[3], count: 5)
      }
      #expect(result.buffers[0] == parameters.map { Double($0) })
    }
  }
}
