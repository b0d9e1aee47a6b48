import Kernels
import Testing

@Suite("The choice of kernels")
struct InstructionSetTests {
  @Test("offers the portable kernels last, and is one of those on offer")
  func available() {
    #expect(InstructionSet.available.last == .portable)
    #expect(InstructionSet.available.contains(InstructionSet.active))
  }
}
