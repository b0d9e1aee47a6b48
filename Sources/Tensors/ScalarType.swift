import KernelTables
import Kernels

/// The type of a tensor's elements.
public enum ScalarType: Sendable {
  /// 32-bit floats on the fast kernels: networks and states.
  case float32
  /// 64-bit floats on the reference kernels: checks of gradients.
  case float64

  /// Bytes of one element.
  public var byteCount: Int { self == .float32 ? 4 : 8 }

  /// The kernels for this type.
  package var kernels: any KernelSet.Type {
    self == .float32 ? InstructionSet.active.kernels : ReferenceKernels.self
  }
}
