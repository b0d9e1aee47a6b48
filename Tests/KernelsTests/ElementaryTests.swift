import KernelTables
import Kernels
import Testing

/// A kernel, its definition and what is promised of it.
struct ElementaryFunction: CustomTestStringConvertible, Sendable {
  let testDescription: String
  let function: ElementwiseFunction
  let ulpBound: Double
  /// Below this magnitude, results may be 0.
  var vanishing = 0.0
  /// Arguments with results that must be met exactly.
  var exact: [(x: Float, y: Float)] = []

  func callAsFunction(_ x: [Float], by kernels: InstructionSet) -> [Float] {
    [Float](unsafeUninitializedCapacity: x.count) { y, count in
      count = x.count
      guard let results = y.baseAddress else { return }
      x.withUnsafeBytes { bytes in
        guard let arguments = bytes.baseAddress else { return }
        kernels.kernels.map(function, arguments, to: results, count: x.count)
      }
    }
  }
}

let infinity = Float.infinity

let elementaryFunctions = [
  ElementaryFunction(
    testDescription: "exponential", function: .exponential,
    ulpBound: 1,
    exact: [(0, 1), (-0.0, 1), (89, infinity), (-104, 0), (infinity, infinity), (-infinity, 0)]),
  ElementaryFunction(
    testDescription: "logarithm", function: .logarithm,
    ulpBound: 1,
    exact: [
      (1, 0), (0, -infinity), (-0.0, -infinity), (infinity, infinity), (-1, .nan),
      (-infinity, .nan), (-.leastNonzeroMagnitude, .nan),
    ]),
  ElementaryFunction(
    testDescription: "hyperbolicTangent", function: .hyperbolicTangent, ulpBound: 2,
    exact: [(0, 0), (-0.0, -0.0), (9.1, 1), (-9.1, -1), (infinity, 1), (-infinity, -1)]),
  ElementaryFunction(
    testDescription: "errorFunction", function: .errorFunction, ulpBound: 2,
    exact: [(0, 0), (-0.0, -0.0), (3.95, 1), (-3.95, -1), (infinity, 1), (-infinity, -1)]),
  ElementaryFunction(
    testDescription: "sine", function: .sine, ulpBound: 2,
    exact: [(0, 0), (infinity, .nan), (-infinity, .nan)]),
  ElementaryFunction(
    testDescription: "cosine", function: .cosine, ulpBound: 2,
    exact: [(0, 1), (-0.0, 1), (infinity, .nan), (-infinity, .nan)]),
  ElementaryFunction(
    testDescription: "sigmoid", function: .sigmoid,
    ulpBound: 3, exact: [(0, 0.5), (40, 1), (-110, 0), (infinity, 1), (-infinity, 0)]),
  ElementaryFunction(
    testDescription: "gelu", function: .gelu, ulpBound: 7, vanishing: 1e-37,
    exact: [(0, 0), (-0.0, -0.0), (20, 20), (-20, 0), (infinity, infinity), (-infinity, 0)]),
  ElementaryFunction(
    testDescription: "silu", function: .silu, ulpBound: 4,
    exact: [(0, 0), (-0.0, -0.0), (20, 20), (infinity, infinity), (-infinity, -0.0)]),
  ElementaryFunction(
    testDescription: "softplus", function: .softplus, ulpBound: 3,
    exact: [(100, 100), (-104, 0), (infinity, infinity), (-infinity, 0)]),
  ElementaryFunction(
    testDescription: "logSigmoid", function: .logSigmoid, ulpBound: 3,
    exact: [(-100, -100), (104, -0.0), (infinity, -0.0), (-infinity, -infinity)]),
  ElementaryFunction(
    testDescription: "relu", function: .relu, ulpBound: 0,
    exact: [(0, 0), (-3, 0), (3, 3), (infinity, infinity), (-infinity, 0)]),
  ElementaryFunction(
    testDescription: "elu", function: .elu, ulpBound: 1,
    exact: [(0, 0), (-0.0, -0.0), (3, 3), (-20, -1), (infinity, infinity), (-infinity, -1)]),
  ElementaryFunction(
    testDescription: "absoluteValue", function: .absoluteValue, ulpBound: 0,
    exact: [(-0.0, 0), (-3, 3), (-infinity, infinity)]),
  ElementaryFunction(
    testDescription: "square", function: .square, ulpBound: 0.5,
    exact: [(0, 0), (-3, 9), (-infinity, infinity)]),
  ElementaryFunction(
    testDescription: "squareRoot", function: .squareRoot, ulpBound: 0.5,
    exact: [(0, 0), (-0.0, -0.0), (9, 3), (infinity, infinity), (-1, .nan)]),
  ElementaryFunction(
    testDescription: "reciprocal", function: .reciprocal, ulpBound: 0.5,
    exact: [(0, infinity), (-0.0, -infinity), (4, 0.25), (-infinity, -0.0)]),
]

/// The distance between floats around a value.
func spacing(at value: Double) -> Double {
  let exponent = value.magnitude < 0x1p-126 ? -126 : min(value.exponent, 127)
  return Double(sign: .plus, exponent: exponent - 23, significand: 1)
}

/// Every `stride`-th bit pattern: all exponents, both signs, NaNs and infinities.
func patterns(stride: UInt64) -> [Float] {
  var x: [Float] = []
  x.reserveCapacity(Int((1 << 32) / stride) + 1)
  var pattern: UInt64 = 0
  while pattern < 1 << 32 {
    x.append(Float(bitPattern: UInt32(pattern)))
    pattern += stride
  }
  return x
}

/// The largest error in ulp, infinite where one side is NaN or wrongly infinite.
///
/// Results that double precision rounds beyond the largest float may be either of the two, and those
/// below `vanishing` may be 0.
func largestError(
  _ x: [Float], _ y: [Float], vanishing: Double = 0, _ definition: (Double) -> Double
) -> Double {
  var worst = 0.0
  var index = 0
  while index < x.count {
    let expected = definition(Double(x[index]))
    let result = Double(y[index])
    index += 1
    if expected.isNaN && result.isNaN || expected == result { continue }
    let limit = 0x1.fffffcp127
    if result == 0 && expected.magnitude < vanishing { continue }
    if min(expected, result) >= limit || max(expected, result) <= -limit { continue }
    let error = (result - expected).magnitude / spacing(at: expected)
    worst = error < .infinity ? max(worst, error) : .infinity
  }
  return worst
}

/// An odd stride visits the low bits of significands too; 2 million arguments.
let sweep = patterns(stride: 2053)

@Suite("Every elementary function")
struct ElementaryTests {
  @Test("is within its bound of the definition over all floats", arguments: elementaryFunctions)
  func accuracy(_ function: ElementaryFunction) {
    let y = function(sweep, by: InstructionSet.available[0])
    let error = largestError(
      sweep, y, vanishing: function.vanishing, ReferenceKernels.definition(of: function.function))
    #expect(error <= function.ulpBound)
  }

  @Test("has its special values and hands NaN on", arguments: elementaryFunctions)
  func specialValues(_ function: ElementaryFunction) {
    for kernels in InstructionSet.available {
      for (x, y) in function.exact + [(.nan, .nan)] {
        let result = function([x], by: kernels)[0]
        let same = y.isNaN ? result.isNaN : result.bitPattern == y.bitPattern
        #expect(same, "\(kernels.rawValue): of \(x) is \(result), not \(y)")
      }
    }
  }

  @Test("gives the same bits on every instruction set", arguments: elementaryFunctions)
  func sameBits(_ function: ElementaryFunction) {
    func bits(_ x: [Float], _ kernels: InstructionSet) -> [UInt32] {
      function(x, by: kernels).map { $0.isNaN ? 0x7fc0_0000 : $0.bitPattern }
    }
    for kernels in InstructionSet.available.dropFirst() {
      let x = patterns(stride: kernels.rawValue == "portable" ? 65_537 : 8_209)
      let same = bits(x, kernels) == bits(x, InstructionSet.available[0])
      #expect(same, "\(kernels.rawValue)")
    }
  }

  @Test(
    "does not depend on place or count", arguments: elementaryFunctions,
    [0, 1, 3, 5, 15, 16, 17, 31, 33])
  func tails(_ function: ElementaryFunction, _ count: Int) {
    let x = (0..<64).map { Float($0 * 37 % 64) * 0.11 - 3 }
    for kernels in InstructionSet.available {
      let all = function(x, by: kernels).map { $0.isNaN ? -77 : $0 }
      for start in [0, 1, 7] {
        var y = [Float](repeating: 77, count: count + 2)
        x.withUnsafeBytes { bytes in
          y.withUnsafeMutableBytes { results in
            guard let from = bytes.baseAddress, let to = results.baseAddress else { return }
            kernels.kernels.map(
              function.function, from + 4 * start, to: to + 4, count: count)
          }
        }
        #expect(y.map { $0.isNaN ? -77 : $0 } == [77] + all[start..<start + count] + [77])
      }
    }
  }

  @Test("covers every kernel once")
  func complete() {
    #expect(elementaryFunctions.map(\.function) == ElementwiseFunction.allCases)
  }

  @Test("is odd or even if its definition is", arguments: elementaryFunctions[2...5])
  func symmetry(_ function: ElementaryFunction) {
    let x = patterns(stride: 65_537).filter { $0 < infinity }
    let flip: UInt32 = function.testDescription == "cosine" ? 0 : 1 << 31
    let results = function(x, by: InstructionSet.available[0])
    let mirrored = function(x.map { -$0 }, by: InstructionSet.available[0])
    let symmetric = zip(results, mirrored).allSatisfy {
      $0.isNaN || $0 == 0 || $0.bitPattern == $1.bitPattern ^ flip
    }
    #expect(symmetric)
  }
}
