import CProcessor
import KernelTables
import KernelsPortable

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif
#if arch(x86_64)
  import KernelsAVX2
  import KernelsAVX512
#endif

/// A set of processor instructions for which the kernels were compiled.
///
/// All sets give the same bits, so the choice is one of speed only.
public enum InstructionSet: String, CaseIterable, Sendable {
  /// 512-bit vectors, 32 registers.
  case avx512
  /// 256-bit vectors with fused multiply-add.
  case avx2
  /// What every processor of the architecture has.
  case portable

  /// The sets that this processor can run, best first; the last is always `portable`.
  public static let available: [InstructionSet] = allCases.filter(\.isAvailable)

  /// The set in use: what `TIGHTROPE_ISA` names if that is possible, the best otherwise.
  public static var active: InstructionSet { selection.set }

  /// What is wrong with `TIGHTROPE_ISA`, or nil.
  public static var selectionProblem: String? { selection.problem }

  /// The kernels of this set.
  package var kernels: any KernelSet.Type {
    #if arch(x86_64)
      switch self {
      case .avx512: return KernelsAVX512.VectorKernels.self
      case .avx2: return KernelsAVX2.VectorKernels.self
      case .portable: return KernelsPortable.VectorKernels.self
      }
    #else
      return KernelsPortable.VectorKernels.self
    #endif
  }

  private var isAvailable: Bool {
    #if arch(x86_64)
      switch self {
      case .avx512: return processor_supports_avx512()
      case .avx2: return processor_supports_avx2()
      case .portable: return true
      }
    #else
      return self == .portable
    #endif
  }

  private static let selection: (set: InstructionSet, problem: String?) = {
    let best = available[0]
    guard let text = getenv("TIGHTROPE_ISA") else { return (best, nil) }
    let name = String(cString: text)
    if name.isEmpty { return (best, nil) }
    if let set = InstructionSet(rawValue: name), available.contains(set) { return (set, nil) }
    let known = available.map(\.rawValue).joined(separator: ", ")
    return (
      best, "TIGHTROPE_ISA is '\(name)', which is not available here; choose one of: \(known)"
    )
  }()
}
