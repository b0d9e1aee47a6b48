import KernelTables

extension ReferenceKernels {
  /// Philox4x32-10 of one counter.
  package static func philox(
    _ counter: (UInt32, UInt32, UInt32, UInt32), key: UInt64
  ) -> (UInt32, UInt32, UInt32, UInt32) {
    var (x0, x1, x2, x3) = counter
    var k0 = UInt32(truncatingIfNeeded: key)
    var k1 = UInt32(truncatingIfNeeded: key >> 32)
    for _ in 0..<10 {
      let a = x0.multipliedFullWidth(by: 0xD251_1F53)
      let b = x2.multipliedFullWidth(by: 0xCD9E_8D57)
      (x0, x1, x2, x3) = (b.high ^ x1 ^ k0, b.low, a.high ^ x3 ^ k1, a.low)
      k0 &+= 0x9E37_79B9
      k1 &+= 0xBB67_AE85
    }
    return (x0, x1, x2, x3)
  }

  package static func normals(
    key: UInt64, step: UInt32, firstRow: Int, rows: Int, columns: Int,
    to out: UnsafeMutableRawPointer
  ) {
    fill(key, step, firstRow, rows, columns, to: out) { w in
      let (a, b) = normalPair(w.0, w.1)
      let (c, d) = normalPair(w.2, w.3)
      return [a, b, c, d]
    }
  }

  package static func uniforms(
    key: UInt64, step: UInt32, firstRow: Int, rows: Int, columns: Int,
    to out: UnsafeMutableRawPointer
  ) {
    fill(key, step, firstRow, rows, columns, to: out) { w in
      [uniform(w.0), uniform(w.1), uniform(w.2), uniform(w.3)]
    }
  }

  private static func uniform(_ w: UInt32) -> Double { (Double(w >> 9) + 0.5) * 0x1p-23 }

  private static func normalPair(_ radius: UInt32, _ angle: UInt32) -> (Double, Double) {
    let u = (Double(radius) + 0.5) * 0x1p-32
    let r = (-2 * Elementary.logarithm(u)).squareRoot()
    let phi = 2 * Double.pi * uniform(angle)
    return (r * Elementary.cosine(phi), r * Elementary.sine(phi))
  }

  private static func fill(
    _ key: UInt64, _ step: UInt32, _ firstRow: Int, _ rows: Int, _ columns: Int,
    to out: UnsafeMutableRawPointer, _ draw: ((UInt32, UInt32, UInt32, UInt32)) -> [Double]
  ) {
    for r in 0..<rows {
      for j in 0..<columns {
        let counter = (UInt32(j / 4), UInt32(truncatingIfNeeded: firstRow + r), step, UInt32(0))
        out.doubles[r * columns + j] = draw(philox(counter, key: key))[j % 4]
      }
    }
  }
}
