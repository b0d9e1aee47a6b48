import CVectors
import KernelTables

/// Σ x y by sixteen lanes and a fixed tree.
@inline(__always)
func dot(_ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ count: Int) -> Float {
  var sum = Lanes()
  forEachRun(count) { k, run in sum = vector_fma(run.load(x + k), run.load(y + k), sum) }
  return sumOfLanes(sum)
}

extension VectorKernels {
  package static func rowDots(
    _ x: UnsafeRawPointer, _ w: UnsafeRawPointer, start: UnsafeRawPointer?,
    to out: UnsafeMutableRawPointer, rows: Int, columns: Int
  ) {
    let first = start.map { $0.floats[0] } ?? 0
    for r in 0..<rows {
      out.floats[r] = first + dot(x.floats + r * columns, w.floats, columns)
    }
  }

  package static func rowDotGradients(
    _ x: UnsafeRawPointer, _ w: UnsafeRawPointer, _ dout: UnsafeRawPointer,
    dx: UnsafeMutableRawPointer?, accumulating: Bool, dw: UnsafeMutableRawPointer?, rows: Int,
    columns: Int
  ) {
    if let dw {
      forEachRun(columns) { k, run in
        var sum = run.load(UnsafePointer(dw.floats + k))
        for r in 0..<rows {
          sum = vector_fma(
            Lanes(repeating: dout.floats[r]), run.load(x.floats + r * columns + k), sum)
        }
        run.store(sum, dw.floats + k)
      }
    }
    guard let dx else { return }
    for r in 0..<rows {
      let (row, s) = (dx.floats + r * columns, Lanes(repeating: dout.floats[r]))
      forEachRun(columns) { k, run in
        let old = accumulating ? run.load(UnsafePointer(row + k)) : Lanes()
        run.store(vector_fma(s, run.load(w.floats + k), old), row + k)
      }
    }
  }

  package static func scaleRows(
    _ x: UnsafeRawPointer, by s: UnsafeRawPointer, to y: UnsafeMutableRawPointer, rows: Int,
    columns: Int
  ) {
    for r in 0..<rows {
      let (row, out) = (x.floats + r * columns, y.floats + r * columns)
      let factor = Lanes(repeating: s.floats[r])
      forEachRun(columns) { k, run in run.store(factor * run.load(row + k), out + k) }
    }
  }

  package static func scaleRowGradients(
    _ x: UnsafeRawPointer, by s: UnsafeRawPointer, _ dy: UnsafeRawPointer,
    dx: UnsafeMutableRawPointer?, accumulating: Bool, ds: UnsafeMutableRawPointer, rows: Int,
    columns: Int
  ) {
    for r in 0..<rows {
      let slopes = dy.floats + r * columns
      ds.floats[r] = dot(x.floats + r * columns, slopes, columns)
      guard let dx else { continue }
      let (row, factor) = (dx.floats + r * columns, Lanes(repeating: s.floats[r]))
      forEachRun(columns) { k, run in
        let old = accumulating ? run.load(UnsafePointer(row + k)) : Lanes()
        run.store(vector_fma(factor, run.load(slopes + k), old), row + k)
      }
    }
  }
}
