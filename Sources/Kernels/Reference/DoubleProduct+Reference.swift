import KernelTables

extension ReferenceKernels {
  package static func doubleProduct(_ product: MatrixProduct) { self.product(product) }
}
