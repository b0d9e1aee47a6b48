import KernelTables
import Kernels
import TestSupport
import Testing

extension ElementwiseFunction {
  /// Value and derivative, each followed by an element that must stay 77.
  func withDerivative(_ x: [Float], by set: InstructionSet) -> (value: [Float], derivative: [Float])
  {
    var value = [Float](repeating: 77, count: x.count + 1)
    var derivative = value
    x.withUnsafeBytes { arguments in
      value.withUnsafeMutableBytes { value in
        derivative.withUnsafeMutableBytes { derivative in
          guard let from = arguments.baseAddress, let to = value.baseAddress,
            let slope = derivative.baseAddress
          else { return }
          set.kernels.mapWithDerivative(self, from, to: to, derivative: slope, count: x.count)
        }
      }
    }
    return (value, derivative)
  }

  /// Where the derivative jumps.
  var corners: [Float] { self == .relu || self == .absoluteValue ? [0, -0.0] : [] }
}

@Suite("The derivative of every elementary function")
struct DerivativeTests {
  /// Largest error as a part of the larger of 1 and the derivative's magnitude.
  static let bound = 0x1p-22

  @Test("is within its bound over all floats", arguments: ElementwiseFunction.allCases)
  func accuracy(_ function: ElementwiseFunction) {
    let derivative = function.withDerivative(sweep, by: InstructionSet.available[0]).derivative
    let definition = ReferenceKernels.derivativeDefinition(of: function)
    var worst = 0.0
    for (x, slope) in zip(sweep, derivative) where !x.isNaN {
      let expected = definition(Double(x))
      if slope.isNaN && expected.isNaN || Double(slope) == expected { continue }
      if expected.magnitude > 0x1.fffffcp127 && slope.magnitude >= 0x1.fffffcp127 { continue }
      let error = (Double(slope) - expected).magnitude / max(1, expected.magnitude)
      worst = error < .infinity ? max(worst, error) : .infinity
    }
    #expect(worst <= Self.bound)
  }

  @Test(
    "has a definition that matches the differences of its function",
    arguments: ElementwiseFunction.allCases)
  func differences(_ function: ElementwiseFunction) {
    let value = ReferenceKernels.definition(of: function)
    let derivative = ReferenceKernels.derivativeDefinition(of: function)
    let isSteepAtZero = [.logarithm, .squareRoot, .reciprocal].contains(function)
    let first = isSteepAtZero ? 0.3 : -6.0
    for x in stride(from: first, through: 6, by: 0.37) {
      let difference = (value(x + 1e-5) - value(x - 1e-5)) / 2e-5
      let error = (difference - derivative(x)).magnitude
      #expect(error <= 1e-8 * max(1, derivative(x).magnitude), "at \(x)")
    }
  }

  @Test("of GELU is not tiny, and its value not denormal, which would slow the products after it")
  func ends() {
    let x = Array(stride(from: Float(-16), to: -9, by: 0x1p-10))
    for set in InstructionSet.available {
      let (values, slopes) = ElementwiseFunction.gelu.withDerivative(x, by: set)
      #expect(values.allSatisfy { $0.isZero || $0.isNormal }, "\(set)")
      #expect(slopes.allSatisfy { $0 == 0 || $0.magnitude > 1e-22 }, "\(set)")
    }
  }

  @Test("is zero at a corner, infinite where a root begins")
  func corners() {
    for function in ElementwiseFunction.allCases {
      for set in InstructionSet.available {
        let slopes = function.withDerivative(function.corners, by: set).derivative.dropLast()
        #expect(slopes.allSatisfy { $0 == 0 }, "\(function) on \(set)")
      }
    }
    let slope = ElementwiseFunction.squareRoot.withDerivative([0], by: .active).derivative[0]
    #expect(slope == infinity)
  }

  @Test(
    "gives the bits of the value alone, on every instruction set",
    arguments: elementaryFunctions)
  func sameBits(_ function: ElementaryFunction) {
    let x = patterns(stride: 65_537)
    let expected = function.function.withDerivative(x, by: InstructionSet.available[0])
    for set in InstructionSet.available {
      let (value, derivative) = function.function.withDerivative(x, by: set)
      let sameValue = bits(Array(value.dropLast())) == bits(function(x, by: set))
      #expect(sameValue, "\(set): value")
      #expect(bits(derivative) == bits(expected.derivative), "\(set): derivative")
    }
  }

  @Test("hands NaN on", arguments: ElementwiseFunction.allCases)
  func notANumber(_ function: ElementwiseFunction) {
    for set in InstructionSet.available {
      let (value, derivative) = function.withDerivative([.nan], by: set)
      #expect(value[0].isNaN && derivative[0].isNaN, "\(set)")
    }
  }

  @Test(
    "and its value are written no further than the count", arguments: [0, 1, 5, 15, 16, 17, 33])
  func tails(_ count: Int) {
    let x = (0..<count).map { Float($0) * 0.21 + 0.1 }
    for function in ElementwiseFunction.allCases {
      for set in InstructionSet.available {
        let all = function.withDerivative(x + [Float](repeating: 1, count: 64), by: set)
        let (value, derivative) = function.withDerivative(x, by: set)
        #expect(value == all.value.prefix(count) + [77])
        #expect(derivative == all.derivative.prefix(count) + [77])
      }
    }
  }

  /// The bit patterns, all NaNs made equal.
  private func bits(_ x: [Float]) -> [UInt32] {
    x.map { $0.isNaN ? 0x7fc0_0000 : $0.bitPattern }
  }
}
