import CVectors
import KernelTables

// What nodes send to their edges and edges to their nodes. The edges are taken in their order, so a sum
// over them has the same bits whatever the width of a vector.

extension VectorKernels {
  package static func edgeSums(
    _ list: EdgeList, nodes: UnsafeRawPointer, features: UnsafeRawPointer, featureCount: Int,
    weights: UnsafeRawPointer, to z: UnsafeMutableRawPointer, columns: Int
  ) {
    let (p, s, w, z) = (nodes.floats, features.floats, weights.floats, z.floats)
    let bias = w + featureCount * columns
    list.forEach { i, j, e in
      let (receiver, sender) = (p + 2 * i * columns, p + (2 * j + 1) * columns)
      let (out, own) = (z + e * columns, s + e * featureCount)
      forEachRun(columns) { k, run in
        var sum = run.load(receiver + k) + run.load(bias + k) + run.load(sender + k)
        for f in 0..<featureCount {
          sum = vector_fma(Lanes(repeating: own[f]), run.load(w + f * columns + k), sum)
        }
        run.store(sum, out + k)
      }
    }
  }

  package static func edgeSumGradients(
    _ list: EdgeList, _ dz: UnsafeRawPointer, features: UnsafeRawPointer, featureCount: Int,
    weights: UnsafeRawPointer, intoNodes: UnsafeMutableRawPointer?,
    intoFeatures: UnsafeMutableRawPointer?, intoWeights: UnsafeMutableRawPointer?, columns: Int
  ) {
    if let intoNodes { sendToNodes(list, dz.floats, intoNodes.floats, columns) }
    if let intoFeatures {
      for e in 0..<list.count {
        for f in 0..<featureCount {
          intoFeatures.floats[e * featureCount + f] += dot(
            dz.floats + e * columns, weights.floats + f * columns, columns)
        }
      }
    }
    if let intoWeights {
      for f in 0...featureCount {
        sumOverEdges(
          list.count, dz.floats, f < featureCount ? features.floats + f : nil, featureCount,
          into: intoWeights.floats + f * columns, columns)
      }
    }
  }

  /// dP[receiver, ..<columns] += dz[e], dP[sender, columns...] += dz[e].
  private static func sendToNodes(
    _ list: EdgeList, _ dz: UnsafePointer<Float>, _ dp: UnsafeMutablePointer<Float>,
    _ columns: Int
  ) {
    for i in 0..<list.receivers.count {
      let (first, last) = (Int(list.starts[i]), Int(list.starts[i + 1]))
      let receiver = dp + 2 * (list.receivers.lowerBound + i) * columns
      forEachRun(columns) { k, run in
        var sum = run.load(UnsafePointer(receiver + k))
        for e in first..<last {
          let slope = run.load(dz + e * columns + k)
          sum += slope
          let sender = dp + (2 * Int(list.senders[e]) + 1) * columns + k
          run.store(run.load(UnsafePointer(sender)) + slope, sender)
        }
        run.store(sum, receiver + k)
      }
    }
  }

  /// out += Σ_e factor[e] dz[e, :], the factor 1 where there is none.
  private static func sumOverEdges(
    _ count: Int, _ dz: UnsafePointer<Float>, _ factor: UnsafePointer<Float>?, _ stride: Int,
    into out: UnsafeMutablePointer<Float>, _ columns: Int
  ) {
    forEachRun(columns) { k, run in
      var sum = run.load(UnsafePointer(out + k))
      for e in 0..<count {
        let s = factor.map { $0[e * stride] } ?? 1
        sum = vector_fma(Lanes(repeating: s), run.load(dz + e * columns + k), sum)
      }
      run.store(sum, out + k)
    }
  }

  package static func accumulateReceived(
    _ list: EdgeList, _ x: UnsafeRawPointer, into y: UnsafeMutableRawPointer, columns: Int
  ) {
    for i in 0..<list.receivers.count {
      let first = Int(list.starts[i])
      accumulateRows(
        x + 4 * first * columns, into: y + 4 * i * columns, groups: 1,
        rows: Int(list.starts[i + 1]) - first, columns: columns)
    }
  }

  package static func spreadToEdges(
    _ list: EdgeList, _ x: UnsafeRawPointer, to y: UnsafeMutableRawPointer, columns: Int,
    accumulating: Bool
  ) {
    let (x, y) = (x.floats - list.receivers.lowerBound * columns, y.floats)
    list.forEach { i, _, e in
      forEachRun(columns) { k, run in
        let start = accumulating ? run.load(UnsafePointer(y + e * columns + k)) : Lanes()
        run.store(start + run.load(x + i * columns + k), y + e * columns + k)
      }
    }
  }
}
