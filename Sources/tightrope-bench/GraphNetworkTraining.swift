import KernelTables
import Kernels
import Networks
import Optimizers
import Tensors
import Training

/// A regression step of the network that iDEM trains on 13 Lennard-Jones particles: batch 512, five
/// layers of 128.
///
/// Operations are those that are done: in the network as published the first edge layer is a product on
/// every edge, here one on every particle.
struct GraphNetworkTraining {
  private static let (particles, layers, width, batch) = (13, 5, 128, 512)
  /// Rows whose edges stay in the cache.
  private static let tapeRows = 2

  /// One step on points and scores that do not change.
  func makeStep() throws -> TrainingStep.Ready {
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
    let loss: BatchTrainer.Loss = { context, rows in
      let tape = context.tape
      let shape = Shape(rows.count, dimension)
      let x = tape.constant(at: data + rows.lowerBound * dimension, shape)
      let y = tape.constant(at: data + count + rows.lowerBound * dimension, shape)
      let times = tape.constant(at: data + rows.lowerBound, Shape(rows.count, 1))
      return tape.squaredError(network(x, at: times, context), y, .rowMeans)
    }
    return (Self.operations, { _ = try trainer.step(rows: Self.batch, loss: loss) })
  }

  /// Those of matrix products, forwards and twice as many backwards.
  private static var operations: Double {
    let (nodes, square) = (Double(batch * particles), Double(2 * width * width))
    let edges = nodes * Double(particles - 1)
    let perLayer = edges * 2 * square + nodes * 5 * square
    let lastUpdate = nodes * 3 * square
    return 3 * (Double(layers) * perLayer - lastUpdate)
  }

  /// The products of an edge layer alone, forwards and backwards, on all threads at once.
  static func products(_ ceiling: Ceiling) -> Measurement {
    let (calls, rows) = (200, tapeRows * particles * (particles - 1))
    return Measurement(name: "egnn-lj13-products") { repeats in
      ThreadPool.oneAndAll.map { pool in
        let operations = Double(pool.threads * calls * 3 * 2 * rows * width * width)
        return Row(
          "egnn-lj13-products", repeats: repeats, threads: pool.threads, operations: operations,
          ceiling: ceiling.rate(of: pool)
        ) {
          seconds { pool.run(pool.threads) { _, _ in multiply(calls: calls, rows: rows) } }
        }
      }
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
