import Kernels

/// The sliced 2-Wasserstein distance: W2² of projections onto random directions, averaged.
///
///     SW2² = E_u[ W2²(u·x, u·y) ],   u uniform on the unit sphere
///
/// O(L n log n) for L directions, for any counts, and its floor falls with 1/√n in every number of
/// dimensions, where that of W2 falls with n^(-1/D). Of points moved by a vector it is the vector's length
/// over √D. The directions are a function of the stream, so the same for every pair that is compared.
/// Reference: Bonneel, Rabin, Peyré and Pfister (2015), *Sliced and Radon Wasserstein barycenters of
/// measures*, Journal of Mathematical Imaging and Vision 51
public struct SlicedTransport: Sendable {
  /// Unit vectors, [directions, dimension].
  public let directions: [Double]
  /// D.
  public let dimension: Int

  /// Draws the directions.
  public init(dimension: Int, directions: Int, _ stream: RandomStream) {
    precondition(dimension > 0 && directions > 0, "sliced transport: nothing to project on")
    self.dimension = dimension
    self.directions = stream.draw(Sphere(dimension: dimension), rows: 0..<directions)
  }

  /// SW2 squared, with its interval for these directions.
  /// - Parameters:
  ///   - x: [n, dimension], finite, n > 0.
  ///   - y: [m, dimension], finite, m > 0.
  ///   - pool: Shares out the directions.
  public func squared(
    _ x: [Float], _ y: [Float], pool: ThreadPool = .shared
  ) -> DistanceEstimate {
    let count = directions.count / dimension
    let (n, m) = (x.count / dimension, y.count / dimension)
    var walks = [Slice?](repeating: nil, count: count)
    walks.withUnsafeMutableBufferPointer { walks in
      let shared = SharedBuffer(walks)
      pool.run(count) { index, _ in
        shared.base[index] = Slice(self.projections(x, index), self.projections(y, index))
      }
    }
    var (total, left) = (0.0, [Double](repeating: 0, count: n))
    var right = [Double](repeating: 0, count: m)
    for case let slice? in walks {
      total += slice.cost
      for i in 0..<n { left[i] += slice.left[i] / Double(count) }
      for j in 0..<m { right[j] += slice.right[j] / Double(count) }
    }
    return DistanceEstimate(value: total / Double(count), left: left, right: right)
  }

  private func projections(_ x: [Float], _ direction: Int) -> [Double] {
    let start = direction * dimension
    return stride(from: 0, to: x.count, by: dimension).map { row in
      (0..<dimension).reduce(0) { $0 + directions[start + $1] * Double(x[row + $1]) }
    }
  }
}

/// One direction's transport, with the potentials in the order of the points.
private struct Slice {
  let cost: Double
  let left: [Double]
  let right: [Double]

  init(_ x: [Double], _ y: [Double]) {
    let (orderX, orderY) = (ascending(x), ascending(y))
    let walk = LineWalk(orderX.map { x[$0] }, orderY.map { y[$0] }, .two)
    cost = walk.cost
    left = scattered(walk.left, orderX)
    right = scattered(walk.right, orderY)
  }
}

private func ascending(_ x: [Double]) -> [Int] { x.indices.sorted { x[$0] < x[$1] } }

private func scattered(_ x: [Double], _ order: [Int]) -> [Double] {
  var result = [Double](repeating: 0, count: x.count)
  for (rank, index) in order.enumerated() { result[index] = x[rank] }
  return result
}
