import Tensors
import TestSupport
import Testing

@Suite("Constants of a tape")
struct ConstantTests {
  /// An array must be copied, however it is written: a pointer to it would dangle.
  @Test("hold the numbers of an array", arguments: [ScalarType.float32, .float64])
  func arrays(_ type: ScalarType) {
    let tape = Tape(type)
    let floats: [Float] = (0..<40).map { Float($0) }
    let truth = floats.map { Double($0) }
    withExtendedLifetime(tape) {
      #expect(tape.constant(floats, Shape(40)).values == truth)
      #expect(tape.constant(truth, Shape(40)).values == truth)
      #expect(tape.constant(floats.map { Double($0) }, Shape(40)).values == truth)
      #expect(tape.constant((0..<40).map { Double($0) }, Shape(40)).values == truth)
    }
  }
}
