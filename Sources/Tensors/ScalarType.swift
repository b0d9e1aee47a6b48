import KernelTables
import Kernels

/// The type of a tensor's elements.
public enum ScalarType: Sendable, BitwiseCopyable {
  /// 32-bit floats on the fast kernels: networks and states.
  case float32
  /// 64-bit floats on the reference kernels, slow: checks, and whatever needs the digits.
  case float64

  /// Bytes of one element.
  public var byteCount: Int { self == .float32 ? 4 : 8 }

  /// The kernels for this type; 64-bit floats have one set for all processors.
  package func kernels(of instructionSet: InstructionSet) -> any KernelSet.Type {
    self == .float32 ? instructionSet.kernels : ReferenceKernels.self
  }
}
