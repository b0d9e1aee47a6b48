import CVectors
import KernelTables

extension VectorKernels {
  package static func moveAverage(
    _ average: UnsafeMutableRawPointer, towards x: UnsafeRawPointer, weight: Double, count: Int
  ) {
    let (average, x) = (average.floats, x.floats)
    let weight = Lanes(repeating: Float(weight))
    forEachRun(count) { i, run in
      let old = run.load(UnsafePointer(average + i))
      run.store(vector_fma(weight, run.load(x + i) - old, old), average + i)
    }
  }
}
