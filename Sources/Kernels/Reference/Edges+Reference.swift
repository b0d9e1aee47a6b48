import KernelTables

extension ReferenceKernels {
  package static func edgeSums(
    _ list: EdgeList, nodes: UnsafeRawPointer, features: UnsafeRawPointer, featureCount: Int,
    weights: UnsafeRawPointer, to z: UnsafeMutableRawPointer, columns: Int
  ) {
    list.forEach { i, j, e in
      for k in 0..<columns {
        var sum = nodes.doubles[2 * i * columns + k] + nodes.doubles[(2 * j + 1) * columns + k]
        sum += weights.doubles[featureCount * columns + k]
        for f in 0..<featureCount {
          sum += features.doubles[e * featureCount + f] * weights.doubles[f * columns + k]
        }
        z.doubles[e * columns + k] = sum
      }
    }
  }

  package static func edgeSumGradients(
    _ list: EdgeList, _ dz: UnsafeRawPointer, features: UnsafeRawPointer, featureCount: Int,
    weights: UnsafeRawPointer, intoNodes: UnsafeMutableRawPointer?,
    intoFeatures: UnsafeMutableRawPointer?, intoWeights: UnsafeMutableRawPointer?, columns: Int
  ) {
    list.forEach { i, j, e in
      for k in 0..<columns {
        let slope = dz.doubles[e * columns + k]
        intoNodes?.doubles[2 * i * columns + k] += slope
        intoNodes?.doubles[(2 * j + 1) * columns + k] += slope
        for f in 0..<featureCount {
          let feature = e * featureCount + f
          intoFeatures?.doubles[feature] += slope * weights.doubles[f * columns + k]
          intoWeights?.doubles[f * columns + k] += slope * features.doubles[feature]
        }
        intoWeights?.doubles[featureCount * columns + k] += slope
      }
    }
  }

  package static func accumulateReceived(
    _ list: EdgeList, _ x: UnsafeRawPointer, into y: UnsafeMutableRawPointer, columns: Int
  ) {
    list.forEach { i, _, e in
      let row = i - list.receivers.lowerBound
      for k in 0..<columns { y.doubles[row * columns + k] += x.doubles[e * columns + k] }
    }
  }

  package static func spreadToEdges(
    _ list: EdgeList, _ x: UnsafeRawPointer, to y: UnsafeMutableRawPointer, columns: Int,
    accumulating: Bool
  ) {
    list.forEach { i, _, e in
      let row = i - list.receivers.lowerBound
      for k in 0..<columns {
        let start = accumulating ? y.doubles[e * columns + k] : 0
        y.doubles[e * columns + k] = start + x.doubles[row * columns + k]
      }
    }
  }

  package static func squaredDistances(
    _ list: EdgeList, _ x: UnsafeRawPointer, dimension: Int, to out: UnsafeMutableRawPointer
  ) {
    list.forEach { i, j, e in
      out.doubles[e] = difference(x, i, j, dimension).reduce(0) { $0 + $1 * $1 }
    }
  }

  package static func squaredDistanceGradient(
    _ list: EdgeList, _ x: UnsafeRawPointer, dimension: Int, _ dout: UnsafeRawPointer,
    into dx: UnsafeMutableRawPointer
  ) {
    list.forEach { i, j, e in
      for (k, u) in difference(x, i, j, dimension).enumerated() {
        dx.doubles[i * dimension + k] += 2 * dout.doubles[e] * u
        dx.doubles[j * dimension + k] -= 2 * dout.doubles[e] * u
      }
    }
  }

  package static func moveAlongEdges(
    _ list: EdgeList, _ x: UnsafeRawPointer, dimension: Int, _ q: UnsafeRawPointer,
    to y: UnsafeMutableRawPointer
  ) {
    let first = list.receivers.lowerBound * dimension
    for k in 0..<list.receivers.count * dimension { y.doubles[k] = x.doubles[first + k] }
    list.forEach { i, j, e in
      let u = difference(x, i, j, dimension)
      let step = q.doubles[e] / (length(u) + 1)
      for k in 0..<dimension { y.doubles[i * dimension - first + k] += step * u[k] }
    }
  }

  package static func moveAlongEdgesGradient(
    _ list: EdgeList, _ x: UnsafeRawPointer, dimension: Int, _ q: UnsafeRawPointer,
    _ dy: UnsafeRawPointer, into dx: UnsafeMutableRawPointer, q dq: UnsafeMutableRawPointer
  ) {
    let first = list.receivers.lowerBound * dimension
    for k in 0..<list.receivers.count * dimension { dx.doubles[first + k] += dy.doubles[k] }
    list.forEach { i, j, e in
      let u = difference(x, i, j, dimension)
      let (n, slope) = (length(u), dy.doubles + i * dimension - first)
      let along = (0..<dimension).reduce(0) { $0 + slope[$1] * u[$1] }
      dq.doubles[e] = along / (n + 1)
      for k in 0..<dimension {
        let part = q.doubles[e] * (slope[k] / (n + 1) - along * u[k] / (n * (n + 1) * (n + 1)))
        dx.doubles[i * dimension + k] += part
        dx.doubles[j * dimension + k] -= part
      }
    }
  }

  private static func difference(
    _ x: UnsafeRawPointer, _ i: Int, _ j: Int, _ dimension: Int
  ) -> [Double] {
    (0..<dimension).map { x.doubles[i * dimension + $0] - x.doubles[j * dimension + $0] }
  }

  private static func length(_ u: [Double]) -> Double {
    (u.reduce(0) { $0 + $1 * $1 } + 1e-8).squareRoot()
  }
}
