import KernelTables

/// The fast kernels, compiled for the instruction set of the module that holds them.
///
/// Each file extends this type with one group of loops. All arithmetic is IEEE in a fixed order
/// (no library functions, no reciprocal estimates), so every module gives the same bits.
package enum VectorKernels: KernelSet {}
