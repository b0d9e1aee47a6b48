/// The kernels of one instruction set: one function per loop, on raw buffers and sizes.
public struct KernelTable: Sendable {
  /// The instruction set's name: `avx512`, `avx2` or `portable`.
  public let name: String

  /// Makes a table.
  public init(name: String) { self.name = name }
}
