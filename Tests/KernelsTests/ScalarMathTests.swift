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

@Suite("Logarithm and exponential of one number")
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

  @Test("have their special values")
  func specialValues() {
    #expect(scalarLog(1) == 0 && scalarLog(0) == -.infinity && scalarLog(.infinity) == .infinity)
    #expect(scalarLog(-1).isNaN && scalarLog(-.infinity).isNaN && scalarLog(.nan).isNaN)
    #expect(scalarLog(.leastNonzeroMagnitude) == log(.leastNonzeroMagnitude))
    #expect(scalarExp(0) == 1 && scalarExp(-.infinity) == 0 && scalarExp(.infinity) == .infinity)
    #expect(scalarExp(.nan).isNaN && scalarExp(710) == .infinity && scalarExp(-746) == 0)
  }
}
