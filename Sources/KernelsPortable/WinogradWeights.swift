import CVectors
import KernelTables

// The gradient by the weights of a convolution in Winograd's basis: changed inputs, transposed, times
// changed gradients of outputs, sixteen products of planes that add up over all tiles; then back to
// three by three, added to what the gradient holds.

extension WinogradPlan {
  /// weights += the gradient.
  func accumulateWeights() {
    let planes = WinogradPlanes(self)
    for first in stride(from: 0, to: tiles, by: run) {
      let count = min(run, tiles &- first)
      changeInputs(first, count, planes)
      changeOutputs(first, count, planes)
      multiply(count, planes, isFirst: first == 0)
    }
    gatherWeights(planes)
  }

  /// Writes the changed gradients of the outputs; pixels that there are not count as zero.
  private func changeOutputs(_ first: Int, _ count: Int, _ planes: WinogradPlanes) {
    for tile in 0..<count {
      let (image, y, x) = place(first &+ tile)
      let (hasBelow, hasRight) = (y &+ 1 < w.rows, x &+ 1 < w.columns)
      let p00 = UnsafePointer(output(image, y, x))
      let p01 = hasRight ? UnsafePointer(output(image, y, x &+ 1)) : p00
      let p10 = hasBelow ? UnsafePointer(output(image, y &+ 1, x)) : p00
      let p11 = hasBelow && hasRight ? UnsafePointer(output(image, y &+ 1, x &+ 1)) : p00
      let (to, plane) = (planes.products + tile &* w.channels, productPlane)
      var c = 0
      while c < w.channels {
        let zero = Lanes()
        let left = changedOutputs(vector_load(p00 + c), hasBelow ? vector_load(p10 + c) : zero)
        let right = changedOutputs(
          hasRight ? vector_load(p01 + c) : zero,
          hasBelow && hasRight ? vector_load(p11 + c) : zero)
        let to = to + c
        store(changedOutputs(left.0, right.0), to: to, plane)
        store(changedOutputs(left.1, right.1), to: to + 4 &* plane, plane)
        store(changedOutputs(left.2, right.2), to: to + 8 &* plane, plane)
        store(changedOutputs(left.3, right.3), to: to + 12 &* plane, plane)
        c &+= 16
      }
    }
  }

  /// The sixteen products, written for the first run of tiles and added for others.
  private func multiply(_ count: Int, _ planes: WinogradPlanes, isFirst: Bool) {
    for plane in 0..<16 {
      for j in stride(from: 0, to: w.channels, by: winogradPanel) {
        let columns = min(winogradPanel, w.channels &- j)
        var product = MatrixProduct(
          a: planes.inputs + plane &* inputPlane,
          b: planes.products + plane &* productPlane + j,
          c: planes.weights + plane &* weightPlane + j &* w.depth, rows: w.depth, columns: columns,
          depth: count)
        product = product.transposingA()
        product.bRowStride = w.channels
        MatrixLoops<Lanes>.plainProduct(isFirst ? product : product.accumulating())
      }
    }
  }

  /// Adds the gradient, changed back, to that of the nine places.
  private func gatherWeights(_ planes: WinogradPlanes) {
    let (g00, g01, g02) = (weights(0, 0), weights(0, 1), weights(0, 2))
    let (g10, g11, g12) = (weights(1, 0), weights(1, 1), weights(1, 2))
    let (g20, g21, g22) = (weights(2, 0), weights(2, 1), weights(2, 2))
    for j in stride(from: 0, to: w.channels, by: winogradPanel) {
      let columns = min(winogradPanel, w.channels &- j)
      for k in 0..<w.depth {
        let from = UnsafePointer(planes.weights) + j &* w.depth + k &* columns
        var c = 0
        while c < columns {
          let at = k &* w.weightStride &+ j &+ c
          let (a, b) = (column(from + c, 0), column(from + c, 1))
          let (d, e) = (column(from + c, 2), column(from + c, 3))
          let top = gatheredWeights(a.0, b.0, d.0, e.0)
          let middle = gatheredWeights(a.1, b.1, d.1, e.1)
          let bottom = gatheredWeights(a.2, b.2, d.2, e.2)
          add(top.0, g00 + at)
          add(top.1, g01 + at)
          add(top.2, g02 + at)
          add(middle.0, g10 + at)
          add(middle.1, g11 + at)
          add(middle.2, g12 + at)
          add(bottom.0, g20 + at)
          add(bottom.1, g21 + at)
          add(bottom.2, g22 + at)
          c &+= 16
        }
      }
    }
  }

  /// A column of four gradients, changed back.
  @inline(__always) private func column(_ u: UnsafePointer<Float>, _ index: Int) -> Three {
    let u = u + index &* weightPlane
    let row = 4 &* weightPlane
    return gatheredWeights(
      vector_load(u), vector_load(u + row), vector_load(u + 2 &* row), vector_load(u + 3 &* row))
  }

  @inline(__always) private func add(_ x: Lanes, _ p: UnsafeMutablePointer<Float>) {
    vector_store(vector_load(UnsafePointer(p)) + x, p)
  }
}
