import KernelTables

extension VectorKernels {
  public static func fourier(
    _ t: UnsafeRawPointer, frequencies: UnsafeRawPointer, phases: UnsafeRawPointer,
    to y: UnsafeMutableRawPointer, rows: Int, count: Int
  ) {
    let (t, f, phases, y) = (t.floats, frequencies.floats, phases.floats, y.floats)
    for r in 0..<rows {
      let row = y + 2 * r * count
      let time = Lanes(repeating: t[r])
      forEachRun(count) { j, run in
        let (s, c) = sineAndCosine(run.load(phases + j).addingProduct(time, run.load(f + j)))
        run.store(s, row + j)
        run.store(c, row + count + j)
      }
    }
  }
}
