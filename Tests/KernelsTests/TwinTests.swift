import KernelTables
import Kernels
import TestSupport
import Testing

@Suite("The comparison of twins")
struct TwinTests {
  /// Wrong kernels: each changes one buffer on the fast side only.
  static let mistakes: [@Sendable (UnsafeMutablePointer<Float>) -> Void] = [
    { $0[2] *= 1.001 }, { $0[0] = .nan }, { $0[-1] = 0 }, { $0[5] = 1 },
  ]

  @Test("fails a kernel that is wrong, or writes outside its buffer", arguments: mistakes.indices)
  func broken(_ index: Int) {
    withKnownIssue {
      expectTwins([spread(5)], within: .scaled(1e-6)) {
        guard $0.kernels != ReferenceKernels.self else { return }
        Self.mistakes[index]($0[0].assumingMemoryBound(to: Float.self))
      }
    }
  }

  @Test("fails an instruction set with bits of its own")
  func otherBits() {
    guard InstructionSet.available.count > 1 else { return }
    withKnownIssue {
      expectTwins([spread(5)], within: .scaled(1e-6)) {
        guard $0.kernels == InstructionSet.available[0].kernels else { return }
        $0[0].assumingMemoryBound(to: Float.self)[1] *= 1 + 0x1p-23
      }
    }
  }

  @Test("and the check of a mean fail for a mean that is off by six standard errors")
  func means() {
    let values = spread(1000).map { Double($0) }
    let (mean, error) = meanAndError(values)
    withKnownIssue { expectMean(of: values, is: mean + 6 * error, within: .standardErrors(4)) }
    expectMean(of: values, is: mean + 3 * error, within: .standardErrors(4))
  }
}
