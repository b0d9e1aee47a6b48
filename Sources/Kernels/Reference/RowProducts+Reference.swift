import KernelTables

extension ReferenceKernels {
  package static func rowDots(
    _ x: UnsafeRawPointer, _ w: UnsafeRawPointer, start: UnsafeRawPointer?,
    to out: UnsafeMutableRawPointer, rows: Int, columns: Int
  ) {
    for r in 0..<rows {
      out.doubles[r] = (0..<columns).reduce(start?.doubles[0] ?? 0) {
        $0 + x.doubles[r * columns + $1] * w.doubles[$1]
      }
    }
  }

  package static func rowDotGradients(
    _ x: UnsafeRawPointer, _ w: UnsafeRawPointer, _ dout: UnsafeRawPointer,
    dx: UnsafeMutableRawPointer?, accumulating: Bool, dw: UnsafeMutableRawPointer?, rows: Int,
    columns: Int
  ) {
    for r in 0..<rows {
      for k in 0..<columns {
        let i = r * columns + k
        dw?.doubles[k] += dout.doubles[r] * x.doubles[i]
        let start = accumulating ? dx?.doubles[i] ?? 0 : 0
        dx?.doubles[i] = start + dout.doubles[r] * w.doubles[k]
      }
    }
  }

  package static func scaleRows(
    _ x: UnsafeRawPointer, by s: UnsafeRawPointer, to y: UnsafeMutableRawPointer, rows: Int,
    columns: Int
  ) {
    for i in 0..<rows * columns { y.doubles[i] = s.doubles[i / columns] * x.doubles[i] }
  }

  package static func scaleRowGradients(
    _ x: UnsafeRawPointer, by s: UnsafeRawPointer, _ dy: UnsafeRawPointer,
    dx: UnsafeMutableRawPointer?, accumulating: Bool, ds: UnsafeMutableRawPointer, rows: Int,
    columns: Int
  ) {
    for r in 0..<rows {
      ds.doubles[r] = 0
      for i in r * columns..<(r + 1) * columns {
        ds.doubles[r] += dy.doubles[i] * x.doubles[i]
        let start = accumulating ? dx?.doubles[i] ?? 0 : 0
        dx?.doubles[i] = start + s.doubles[r] * dy.doubles[i]
      }
    }
  }
}
