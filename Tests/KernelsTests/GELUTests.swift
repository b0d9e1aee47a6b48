import KernelTables
import Kernels
import Testing

@Suite("GELU with its derivative")
struct GELUTests {
  /// Largest absolute error of the derivative, whose largest value is 1.13.
  static let derivativeBound = 1.5e-7

  /// Value and derivative, each followed by an element that must stay 77.
  func evaluate(_ x: [Float], by kernels: InstructionSet) -> (value: [Float], derivative: [Float]) {
    var value = [Float](repeating: 77, count: x.count + 1)
    var derivative = value
    x.withUnsafeBytes { arguments in
      value.withUnsafeMutableBytes { value in
        derivative.withUnsafeMutableBytes { derivative in
          guard let from = arguments.baseAddress, let to = value.baseAddress,
            let slope = derivative.baseAddress
          else { return }
          kernels.kernels.geluWithDerivative(from, to: to, derivative: slope, count: x.count)
        }
      }
    }
    return (value, derivative)
  }

  @Test("has a derivative within its bound over all floats")
  func derivativeAccuracy() {
    let (_, derivative) = evaluate(sweep, by: InstructionSet.available[0])
    var worst = 0.0
    for index in sweep.indices where !sweep[index].isNaN {
      let expected = referenceGELUDerivative(Double(sweep[index]))
      let error = (Double(derivative[index]) - expected).magnitude
      worst = error.isNaN ? .infinity : max(worst, error)
    }
    #expect(worst <= Self.derivativeBound)
  }

  @Test("has a definition whose derivative matches its differences")
  func differences() {
    for x in stride(from: -6.0, through: 6, by: 0.37) {
      let difference = (referenceGELU(x + 1e-5) - referenceGELU(x - 1e-5)) / 2e-5
      #expect((difference - referenceGELUDerivative(x)).magnitude < 1e-9)
    }
  }

  @Test("gives the bits of the value alone, on every instruction set")
  func sameBits() {
    let x = patterns(stride: 65_537).filter { !$0.isNaN }
    let expected = evaluate(x, by: InstructionSet.available[0])
    for kernels in InstructionSet.available {
      let (value, derivative) = evaluate(x, by: kernels)
      let alone = elementaryFunctions[7](x, by: kernels)
      let sameValue = value.dropLast().map(\.bitPattern) == alone.map(\.bitPattern)
      let sameSlope = derivative.map(\.bitPattern) == expected.derivative.map(\.bitPattern)
      #expect(sameValue && sameSlope, "\(kernels.rawValue)")
    }
  }

  @Test("writes no more than the count", arguments: [0, 1, 3, 5, 15, 16, 17, 31, 33])
  func tails(_ count: Int) {
    let x = (0..<count).map { Float($0) * 0.21 - 3 }
    for kernels in InstructionSet.available {
      let all = evaluate(x + [Float](repeating: 1, count: 64), by: kernels)
      let (value, derivative) = evaluate(x, by: kernels)
      #expect(value == all.value.prefix(count) + [77])
      #expect(derivative == all.derivative.prefix(count) + [77])
    }
  }
}

/// The definition of the derivative.
private func referenceGELUDerivative(_ x: Double) -> Double {
  var (x, value, derivative) = (x, 0.0, 0.0)
  ReferenceKernels.geluWithDerivative(&x, to: &value, derivative: &derivative, count: 1)
  return derivative
}

/// The definition of the value.
private func referenceGELU(_ x: Double) -> Double { ReferenceKernels.definition(of: .gelu)(x) }
