import KernelTables

// Distances along edges and moves along them, in a few dimensions: one edge after the other, products
// and sums rounded one by one.

/// Added to a squared distance under its root, so that a root has a slope at 0.
private let distanceFloor: Float = 1e-8

extension VectorKernels {
  package static func squaredDistances(
    _ list: EdgeList, _ x: UnsafeRawPointer, dimension: Int, to out: UnsafeMutableRawPointer
  ) {
    list.forEach { i, j, e in
      out.floats[e] = squaredDistance(
        x.floats + i * dimension, x.floats + j * dimension, dimension)
    }
  }

  package static func squaredDistanceGradient(
    _ list: EdgeList, _ x: UnsafeRawPointer, dimension: Int, _ dout: UnsafeRawPointer,
    into dx: UnsafeMutableRawPointer
  ) {
    let (x, dx) = (x.floats, dx.floats)
    list.forEach { i, j, e in
      let twice = 2 * dout.floats[e]
      for k in 0..<dimension {
        let slope = twice * (x[i * dimension + k] - x[j * dimension + k])
        dx[i * dimension + k] += slope
        dx[j * dimension + k] -= slope
      }
    }
  }

  package static func moveAlongEdges(
    _ list: EdgeList, _ x: UnsafeRawPointer, dimension: Int, _ q: UnsafeRawPointer,
    to y: UnsafeMutableRawPointer
  ) {
    let first = list.receivers.lowerBound * dimension
    let (x, y) = (x.floats, y.floats - first)
    for k in first..<first + list.receivers.count * dimension { y[k] = x[k] }
    list.forEach { i, j, e in
      let (a, b) = (x + i * dimension, x + j * dimension)
      let length = (squaredDistance(a, b, dimension) + distanceFloor).squareRoot()
      let step = q.floats[e] / (length + 1)
      for k in 0..<dimension { y[i * dimension + k] += step * (a[k] - b[k]) }
    }
  }

  /// With n = √(|u|² + 1e-8), s = 1 / (n + 1) and a = dy_i · u:
  /// dq = a s, and by u: q s dy_i - (a q s² / n) u.
  package static func moveAlongEdgesGradient(
    _ list: EdgeList, _ x: UnsafeRawPointer, dimension: Int, _ q: UnsafeRawPointer,
    _ dy: UnsafeRawPointer, into dx: UnsafeMutableRawPointer, q dq: UnsafeMutableRawPointer
  ) {
    let first = list.receivers.lowerBound * dimension
    let (x, dx, dy) = (x.floats, dx.floats, dy.floats - first)
    for k in first..<first + list.receivers.count * dimension { dx[k] += dy[k] }
    list.forEach { i, j, e in
      let (a, b, slope) = (x + i * dimension, x + j * dimension, dy + i * dimension)
      let length = (squaredDistance(a, b, dimension) + distanceFloor).squareRoot()
      let s = 1 / (length + 1)
      var along: Float = 0
      for k in 0..<dimension { along += slope[k] * (a[k] - b[k]) }
      dq.floats[e] = along * s
      let direct = q.floats[e] * s
      let turned = along * direct * s / length
      for k in 0..<dimension {
        let part = direct * slope[k] - turned * (a[k] - b[k])
        dx[i * dimension + k] += part
        dx[j * dimension + k] -= part
      }
    }
  }

  @inline(__always)
  private static func squaredDistance(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ dimension: Int
  ) -> Float {
    var sum: Float = 0
    for k in 0..<dimension {
      let u = a[k] - b[k]
      sum += u * u
    }
    return sum
  }
}
