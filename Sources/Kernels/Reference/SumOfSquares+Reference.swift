import KernelTables

extension ReferenceKernels {
  package static func sumOfSquares(_ x: UnsafeRawPointer, count: Int) -> Double {
    (0..<count).reduce(0) { $0 + x.doubles[$1] * x.doubles[$1] }
  }
}
