import CVectors
import KernelTables

// A convolution by Winograd's way: changed inputs times changed weights, sixteen products of planes, and
// back. 2.25 times fewer multiplications than the definition; the changes cost about a tenth of them.

extension WinogradPlan {
  /// output = start + the convolution.
  func slide(from start: WindowStart) {
    let planes = WinogradPlanes(self)
    changeWeights(planes)
    for first in stride(from: 0, to: tiles, by: run) {
      let count = min(run, tiles &- first)
      changeInputs(first, count, planes)
      multiply(count, planes)
      writeOutputs(first, count, planes, start)
    }
  }

  /// Writes the changed weights as panels.
  private func changeWeights(_ planes: WinogradPlanes) {
    let (g00, g01, g02) = (weights(0, 0), weights(0, 1), weights(0, 2))
    let (g10, g11, g12) = (weights(1, 0), weights(1, 1), weights(1, 2))
    let (g20, g21, g22) = (weights(2, 0), weights(2, 1), weights(2, 2))
    for j in stride(from: 0, to: w.channels, by: winogradPanel) {
      let columns = min(winogradPanel, w.channels &- j)
      for k in 0..<w.depth {
        let to = planes.weights + j &* w.depth + k &* columns
        var c = 0
        while c < columns {
          let at = k &* w.weightStride &+ j &+ c
          let a = changedWeights(
            vector_load(g00 + at), vector_load(g01 + at), vector_load(g02 + at))
          let b = changedWeights(
            vector_load(g10 + at), vector_load(g11 + at), vector_load(g12 + at))
          let d = changedWeights(
            vector_load(g20 + at), vector_load(g21 + at), vector_load(g22 + at))
          let (c0, c1, c2, c3) = (
            changedWeights(a.0, b.0, d.0), changedWeights(a.1, b.1, d.1),
            changedWeights(a.2, b.2, d.2), changedWeights(a.3, b.3, d.3)
          )
          let to = to + c
          store((c0.0, c1.0, c2.0, c3.0), to: to, weightPlane)
          store((c0.1, c1.1, c2.1, c3.1), to: to + 4 &* weightPlane, weightPlane)
          store((c0.2, c1.2, c2.2, c3.2), to: to + 8 &* weightPlane, weightPlane)
          store((c0.3, c1.3, c2.3, c3.3), to: to + 12 &* weightPlane, weightPlane)
          c &+= 16
        }
      }
    }
  }

  /// The sixteen products.
  private func multiply(_ count: Int, _ planes: WinogradPlanes) {
    for plane in 0..<16 {
      for j in stride(from: 0, to: w.channels, by: winogradPanel) {
        let columns = min(winogradPanel, w.channels &- j)
        var product = MatrixProduct(
          a: planes.inputs + plane &* inputPlane,
          b: planes.weights + plane &* weightPlane + j &* w.depth,
          c: planes.products + plane &* productPlane + j, rows: count, columns: columns,
          depth: w.depth)
        product.cRowStride = w.channels
        MatrixLoops<Lanes>.plainProduct(product)
      }
    }
  }

  /// Changes products back and writes the pixels that there are.
  private func writeOutputs(
    _ first: Int, _ count: Int, _ planes: WinogradPlanes, _ start: WindowStart
  ) {
    for tile in 0..<count {
      let (image, y, x) = place(first &+ tile)
      let (hasBelow, hasRight) = (y &+ 1 < w.rows, x &+ 1 < w.columns)
      let p00 = output(image, y, x)
      let p01 = hasRight ? output(image, y, x &+ 1) : p00
      let p10 = hasBelow ? output(image, y &+ 1, x) : p00
      let p11 = hasBelow && hasRight ? output(image, y &+ 1, x &+ 1) : p00
      let from = UnsafePointer(planes.products) + tile &* w.channels
      var c = 0
      while c < w.channels {
        let m = from + c
        let (a, b, d, e) = (
          column(m, 0), column(m, 1), column(m, 2), column(m, 3)
        )
        let (top, bottom) = (
          changedProducts(a.0, b.0, d.0, e.0), changedProducts(a.1, b.1, d.1, e.1)
        )
        if hasBelow && hasRight { write(bottom.1, p11 + c, c, start) }
        if hasBelow { write(bottom.0, p10 + c, c, start) }
        if hasRight { write(top.1, p01 + c, c, start) }
        write(top.0, p00 + c, c, start)
        c &+= 16
      }
    }
  }

  /// A column of four products, changed.
  @inline(__always) private func column(_ m: UnsafePointer<Float>, _ index: Int) -> Two {
    let m = m + index &* productPlane
    let row = 4 &* productPlane
    return changedProducts(
      vector_load(m), vector_load(m + row), vector_load(m + 2 &* row), vector_load(m + 3 &* row))
  }

  @inline(__always) private func write(
    _ x: Lanes, _ p: UnsafeMutablePointer<Float>, _ channel: Int, _ start: WindowStart
  ) {
    switch start {
    case .zero: vector_store(x, p)
    case .bias(let bias): vector_store(vector_load(bias.floats + channel) + x, p)
    case .output: vector_store(vector_load(UnsafePointer(p)) + x, p)
    }
  }
}
