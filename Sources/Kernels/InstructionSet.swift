import CProcessor
import Glibc
import KernelTables
import KernelsPortable

#if arch(x86_64)
  import KernelsAVX2
  import KernelsAVX512
#endif

// Which of the kernels' builds runs. All give the same bits, so the choice is one of speed only.

/// A request for kernels that do not exist or that this processor cannot run.
public struct KernelSelectionError: Error, CustomStringConvertible {
  /// The instruction set asked for.
  public let name: String

  /// The instruction sets that would work, best first.
  public let available: [String]

  /// One sentence with both.
  public var description: String {
    let known = available.joined(separator: ", ")
    return "instruction set '\(name)' is not available here; choose one of: \(known)"
  }
}

/// The kernels this processor can run, best first; the last is always `portable`.
public let availableKernels: [KernelTable] = {
  var tables: [KernelTable] = []
  #if arch(x86_64)
    if processor_supports_avx512() { tables.append(KernelsAVX512.makeKernelTable(name: "avx512")) }
    if processor_supports_avx2() { tables.append(KernelsAVX2.makeKernelTable(name: "avx2")) }
  #endif
  return tables + [KernelsPortable.makeKernelTable(name: "portable")]
}()

/// The kernels to use: what `TIGHTROPE_ISA` names if that is possible, the best otherwise.
public var activeKernels: KernelTable { selection.kernels }

/// What is wrong with `TIGHTROPE_ISA`, or nil; `activeKernels` are the best ones in that case.
public var kernelSelectionError: KernelSelectionError? { selection.error }

/// The kernels of an instruction set: `avx512`, `avx2`, `portable`, or the best for nil or "".
/// - Throws: `KernelSelectionError` for an unknown name or one this processor cannot run.
public func selectKernels(_ name: String?) throws(KernelSelectionError) -> KernelTable {
  guard let name, !name.isEmpty else { return availableKernels[0] }
  guard let table = availableKernels.first(where: { $0.name == name }) else {
    throw KernelSelectionError(name: name, available: availableKernels.map(\.name))
  }
  return table
}

private let selection: (kernels: KernelTable, error: KernelSelectionError?) = {
  do throws(KernelSelectionError) {
    return (try selectKernels(getenv("TIGHTROPE_ISA").map { String(cString: $0) }), nil)
  } catch {
    return (availableKernels[0], error)
  }
}()
