import KernelTables
import Kernels
import Networks
import Optimizers
import Tensors
import Training

/// A regression step of the network that iDEM trains on 13 Lennard-Jones particles: batch 512, five
/// layers of 128.
///
/// Three rows: operations that are done, those that the network as published would take (its first
/// edge layer is a product on every edge), and products of an edge layer's size alone, the ceiling.
struct GraphNetworkTraining {
  private static let (particles, layers, width, batch) = (13, 5, 128, 512)
  /// Rows whose edges stay in the cache.
  private static let tapeRows = 2

  func rows(repeats: Int) throws -> [Row] {
    let step = try makeStep()
    let done = try Row("egnn-lj13", repeats: repeats, operations: Self.operations(published: false))
    {
      try seconds(step)
    }
    return [
      done,
      done.counting("egnn-lj13 as published", operations: Self.operations(published: true)),
      ceiling(repeats: repeats),
    ]
  }

  /// One step on points and scores that do not change.
  func makeStep() throws -> () throws -> Void {
    let set = ParameterSet()
    let network = EGNN(
      "network", particles: Self.particles, spaceDimension: 3, width: Self.width,
      layers: Self.layers, in: set)
    set.initialize(seed: 1)
    let optimizer = Optimizer(try Adam(), set) { _ in GroupSettings(learningRate: 1e-4) }
    let trainer = BatchTrainer(
      set, optimizer, blockRows: 32, tapeRows: Self.tapeRows, seed: 1)
    let dimension = 3 * Self.particles
    let count = Self.batch * dimension
    let data = UnsafeMutablePointer<Float>.allocate(capacity: 2 * count)
    InstructionSet.active.kernels.normals(
      key: 1, step: 0, firstRow: 0, rows: 1, columns: 2 * count, to: data)
    return {
      try trainer.step(rows: Self.batch) { context, rows in
        let tape = context.tape
        let shape = Shape(rows.count, dimension)
        let x = tape.constant(at: data + rows.lowerBound * dimension, shape)
        let y = tape.constant(at: data + count + rows.lowerBound * dimension, shape)
        let times = tape.constant(at: data + rows.lowerBound, Shape(rows.count, 1))
        return tape.squaredError(network(x, at: times, context), y, .rowMeans)
      }
    }
  }

  /// Those of matrix products, forwards and twice as many backwards.
  private static func operations(published: Bool) -> Double {
    let (nodes, square) = (Double(batch * particles), Double(2 * width * width))
    let edges = nodes * Double(particles - 1)
    let perEdge = published ? Double(4 * width * (width + 1)) + 2 * square : 2 * square
    let perNode = published ? 3 * square : 5 * square
    let update = published ? 0 : 3 * square
    return 3 * (Double(layers) * (edges * perEdge + nodes * perNode) - nodes * update)
  }

  /// The products of an edge layer, forwards and backwards, on all threads at once.
  private func ceiling(repeats: Int) -> Row {
    let (calls, rows) = (200, Self.tapeRows * Self.particles * (Self.particles - 1))
    let threads = ThreadPool.shared.threads
    let operations = Double(threads * calls * 3 * 2 * rows * Self.width * Self.width)
    return Row("products of its size alone", repeats: repeats, operations: operations) {
      seconds { ThreadPool.shared.run(threads) { _, _ in Self.multiply(calls: calls, rows: rows) } }
    }
  }

  private static func multiply(calls: Int, rows: Int) {
    let (edges, square) = (rows * width, width * width)
    let memory = UnsafeMutablePointer<Float>.allocate(capacity: 2 * edges + 2 * square)
    defer { memory.deallocate() }
    memory.initialize(repeating: 0.5, count: 2 * edges + 2 * square)
    let (x, y, w, slope) = (memory, memory + edges, memory + 2 * edges, memory + 2 * edges + square)
    let kernels = InstructionSet.active.kernels
    let forward = MatrixProduct(a: x, b: w, c: y, rows: rows, columns: width, depth: width)
    let weight = MatrixProduct(a: x, b: y, c: slope, rows: width, columns: width, depth: rows)
    for _ in 0..<calls {
      kernels.product(forward)
      kernels.product(weight.transposingA())
      kernels.product(forward)
    }
  }
}
