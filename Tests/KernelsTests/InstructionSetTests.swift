import Kernels
import Testing

@Suite("The choice of kernels")
struct InstructionSetTests {
  @Test("offers the portable kernels last, and each under its name")
  func available() throws {
    #expect(availableKernels.last?.name == "portable")
    for kernels in availableKernels {
      #expect(try selectKernels(kernels.name).name == kernels.name)
    }
  }

  @Test("is the best one by default")
  func best() throws {
    #expect(try selectKernels(nil).name == availableKernels[0].name)
    #expect(try selectKernels("").name == availableKernels[0].name)
  }

  @Test("refuses an unknown name and says which would do")
  func unknown() {
    let error = #expect(throws: KernelSelectionError.self) { try selectKernels("avx1024") }
    #expect(error?.description.contains("'avx1024'") == true)
    #expect(error?.description.contains("portable") == true)
  }
}
