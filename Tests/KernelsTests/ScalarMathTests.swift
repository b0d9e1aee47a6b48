import Kernels
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite("Functions of one number")
struct ScalarMathTests {
  /// The difference in spacings of doubles at the expected number.
  func ulps(_ actual: Double, _ expected: Double) -> Double {
    actual == expected ? 0 : (actual - expected).magnitude / expected.ulp
  }

  @Test("are within 2 ulp of the C library over their range")
  func accuracy() {
    var wrong: [String] = []
    for index in 0..<20_000 {
      let part = Double(index) / 20_000
      let bits = UInt64(part * Double(0x7ff0_0000_0000_0000 as UInt64)) | 1
      for x in [Double(bitPattern: bits), 0.5 + 1.5 * part, 1 + (part - 0.5) * 1e-6] {
        if ulps(scalarLog(x), log(x)) > 2 { wrong.append("log \(x)") }
      }
      for x in [-745 + 1454.7 * part, 2 * part - 1, (part - 0.5) * 1e-9] {
        if ulps(scalarExp(x), exp(x)) > 2 { wrong.append("exp \(x)") }
      }
    }
    #expect(wrong == [])
  }

  @Test("cos πx is within 2 ulp of the C library, and keeps its symmetries to the bit")
  func cosine() {
    for index in 0...10_000 {
      let x = Double(index) / 20_000
      // The C library is given the smaller of two angles, whose rounding matters less.
      let truth = x <= 0.25 ? cos(Double.pi * x) : sin(Double.pi * (0.5 - x))
      #expect(ulps(scalarCosPi(x), truth) <= 2)
      let dyadic = Double(index) / 16_384
      let value = scalarCosPi(dyadic)
      #expect(scalarCosPi(-dyadic) == value && scalarCosPi(dyadic + 2) == value)
      #expect(scalarCosPi(1 - dyadic) == -value && scalarCosPi(dyadic + 1) == -value)
    }
    #expect([0, 0.5, 1, 1.5, 2, 1e300].map { scalarCosPi($0) } == [1, 0, -1, 0, 1, 1])
    #expect([Double.nan, .infinity, -.infinity].allSatisfy { scalarCosPi($0).isNaN })
  }

  @Test("whole powers are products")
  func powers() {
    for n in 0..<60 {
      let product = (0..<n).reduce(1.0) { y, _ in y * 0.9 }
      #expect(ulps(scalarPower(0.9, n), product) <= 60)
      #expect(scalarPower(2, n) == Double(sign: .plus, exponent: n, significand: 1))
    }
    #expect(scalarPower(0, 0) == 1 && scalarPower(0, 1) == 0 && scalarPower(0.9, 1_000_000) == 0)
  }

  @Test("have their special values")
  func specialValues() {
    #expect(scalarLog(1) == 0 && scalarLog(0) == -.infinity && scalarLog(.infinity) == .infinity)
    #expect(scalarLog(-1).isNaN && scalarLog(-.infinity).isNaN && scalarLog(.nan).isNaN)
    #expect(scalarLog(.leastNonzeroMagnitude) == log(.leastNonzeroMagnitude))
    #expect(scalarExp(0) == 1 && scalarExp(-.infinity) == 0 && scalarExp(.infinity) == .infinity)
    #expect(scalarExp(.nan).isNaN && scalarExp(710) == .infinity && scalarExp(-746) == 0)
  }
}
