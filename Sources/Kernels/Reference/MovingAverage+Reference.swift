import KernelTables

extension ReferenceKernels {
  package static func moveAverage(
    _ average: UnsafeMutableRawPointer, towards x: UnsafeRawPointer, weight: Double, count: Int
  ) {
    let average = average.doubles
    for i in 0..<count { average[i] += weight * (x.doubles[i] - average[i]) }
  }
}
