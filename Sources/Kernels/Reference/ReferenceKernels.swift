import KernelTables

/// The slow twin of every kernel, in 64-bit floats: the definition the fast ones are tested
/// against, and the path for tensors of that type.
///
/// Goals, in order: obviousness; accuracy. Each file extends this type with one group of loops.
package enum ReferenceKernels: KernelSet {}

extension UnsafeRawPointer {
  /// The buffer as doubles.
  var doubles: UnsafePointer<Double> { assumingMemoryBound(to: Double.self) }
}

extension UnsafeMutableRawPointer {
  /// The buffer as doubles.
  var doubles: UnsafeMutablePointer<Double> { assumingMemoryBound(to: Double.self) }
}
