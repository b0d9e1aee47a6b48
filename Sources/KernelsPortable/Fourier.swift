import KernelTables

extension VectorKernels {
  package static func fourier(
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

  package static func fourierGradient(
    _ y: UnsafeRawPointer, _ dy: UnsafeRawPointer, into phases: UnsafeMutableRawPointer, rows: Int,
    count: Int
  ) {
    let (y, dy, phases) = (y.floats, dy.floats, phases.floats)
    forEachRun(count) { j, run in
      var sum = run.load(UnsafePointer(phases + j))
      for r in 0..<rows {
        let (s, c) = (2 * r * count + j, (2 * r + 1) * count + j)
        sum = sum.addingProduct(run.load(y + c), run.load(dy + s))
        sum = sum.addingProduct(Lanes() - run.load(y + s), run.load(dy + c))
      }
      run.store(sum, phases + j)
    }
  }
}
