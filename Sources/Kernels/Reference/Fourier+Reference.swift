import KernelTables

extension ReferenceKernels {
  package static func fourier(
    _ t: UnsafeRawPointer, frequencies: UnsafeRawPointer, phases: UnsafeRawPointer,
    to y: UnsafeMutableRawPointer, rows: Int, count: Int
  ) {
    for r in 0..<rows {
      for j in 0..<count {
        let angle = t.doubles[r] * frequencies.doubles[j] + phases.doubles[j]
        y.doubles[2 * r * count + j] = Elementary.sine(angle)
        y.doubles[(2 * r + 1) * count + j] = Elementary.cosine(angle)
      }
    }
  }

  package static func fourierGradient(
    _ y: UnsafeRawPointer, _ dy: UnsafeRawPointer, into phases: UnsafeMutableRawPointer, rows: Int,
    count: Int
  ) {
    for r in 0..<rows {
      for j in 0..<count {
        let (s, c) = (2 * r * count + j, (2 * r + 1) * count + j)
        phases.doubles[j] += y.doubles[c] * dy.doubles[s] - y.doubles[s] * dy.doubles[c]
      }
    }
  }
}
