import KernelTables
import Kernels
import TestSupport
import Testing

/// What a twin test of edges needs: lists that outlive the calls.
private final class SmallGraph {
  let list: EdgeList
  /// The same edges as those of the last four of six nodes.
  let part: EdgeList
  private let starts: UnsafeMutablePointer<Int32>
  private let senders: UnsafeMutablePointer<Int32>

  /// Four nodes; the second receives nothing.
  init() {
    let (first, from): ([Int32], [Int32]) = ([0, 2, 2, 3, 6], [1, 2, 0, 0, 1, 2])
    starts = .allocate(capacity: first.count)
    senders = .allocate(capacity: from.count)
    starts.initialize(from: first, count: first.count)
    senders.initialize(from: from, count: from.count)
    list = EdgeList(
      nodes: 4, count: from.count, starts: UnsafePointer(starts), senders: UnsafePointer(senders))
    part = EdgeList(
      nodes: 6, receivers: 2..<6, count: from.count, starts: UnsafePointer(starts),
      senders: UnsafePointer(senders))
  }

  deinit {
    starts.deallocate()
    senders.deallocate()
  }
}

@Suite("Kernels of edges")
struct EdgeKernelTests {
  private let graph = SmallGraph()
  private func buffer(_ count: Int, _ seed: UInt64) -> [Float] { spread(count, seed: seed) }

  @Test("add what nodes send, and send it back", arguments: awkwardSizes)
  func edgeSums(_ columns: Int) {
    let nodes = buffer(12 * columns, 1)
    let (features, weights) = (buffer(12, 2), buffer(3 * columns, 3))
    for list in [graph.list, graph.part] {
      expectTwins(
        [nodes, features, weights, buffer(6 * columns, 4)], within: .scaled(1e-6)
      ) {
        $0.kernels.edgeSums(
          list, nodes: $0[0], features: $0[1], featureCount: 2, weights: $0[2], to: $0[3],
          columns: columns)
      }
      expectTwins(
        [
          buffer(6 * columns, 1), features, weights, nodes, buffer(12, 5),
          buffer(3 * columns, 6),
        ], within: .scaled(1e-5)
      ) {
        $0.kernels.edgeSumGradients(
          list, $0[0], features: $0[1], featureCount: 2, weights: $0[2], intoNodes: $0[3],
          intoFeatures: $0[4], intoWeights: $0[5], columns: columns)
      }
    }
  }

  @Test("add what edges bring, and spread it", arguments: awkwardSizes)
  func received(_ columns: Int) {
    for list in [graph.list, graph.part] {
      expectTwins([buffer(6 * columns, 1), buffer(4 * columns, 2)], within: .scaled(1e-6)) {
        $0.kernels.accumulateReceived(list, $0[0], into: $0[1], columns: columns)
      }
      for accumulating in [false, true] {
        expectTwins([buffer(4 * columns, 1), buffer(6 * columns, 2)], within: .ulps(1)) {
          $0.kernels.spreadToEdges(
            list, $0[0], to: $0[1], columns: columns, accumulating: accumulating)
        }
      }
    }
  }

  @Test("measure distances and move points", arguments: [1, 2, 3, 5])
  func geometry(_ d: Int) {
    let (points, edges) = (buffer(6 * d, 1), buffer(6, 2))
    for list in [graph.list, graph.part] {
      expectTwins([points, edges], within: .scaled(1e-6)) {
        $0.kernels.squaredDistances(list, $0[0], dimension: d, to: $0[1])
      }
      expectTwins([points, edges, buffer(6 * d, 3)], within: .scaled(1e-6)) {
        $0.kernels.squaredDistanceGradient(list, $0[0], dimension: d, $0[1], into: $0[2])
      }
      expectTwins([points, edges, buffer(4 * d, 3)], within: .scaled(1e-6)) {
        $0.kernels.moveAlongEdges(list, $0[0], dimension: d, $0[1], to: $0[2])
      }
      expectTwins(
        [points, edges, buffer(4 * d, 3), buffer(6 * d, 4), buffer(6, 5)],
        within: .scaled(1e-5)
      ) {
        $0.kernels.moveAlongEdgesGradient(
          list, $0[0], dimension: d, $0[1], $0[2], into: $0[3], q: $0[4])
      }
    }
  }
}

@Suite("Kernels of rows with vectors")
struct RowProductKernelTests {
  @Test("multiply and send back", arguments: awkwardSizes)
  func products(_ n: Int) {
    let matrix = [spread(5 * n, seed: 1), spread(n, seed: 2), spread(5, seed: 3)]
    expectTwins(matrix + [spread(1, seed: 4)], within: .scaled(1e-5)) {
      $0.kernels.rowDots($0[0], $0[1], start: $0[3], to: $0[2], rows: 5, columns: n)
    }
    expectTwins([spread(5 * n, seed: 1), spread(5), spread(5 * n, seed: 2)], within: .ulps(1)) {
      $0.kernels.scaleRows($0[0], by: $0[1], to: $0[2], rows: 5, columns: n)
    }
    for accumulating in [false, true] {
      let buffers = matrix + [spread(5 * n, seed: 4), spread(n, seed: 5)]
      expectTwins(buffers, within: .scaled(1e-5)) {
        $0.kernels.rowDotGradients(
          $0[0], $0[1], $0[2], dx: $0[3], accumulating: accumulating, dw: $0[4], rows: 5,
          columns: n)
      }
      expectTwins(
        [
          spread(5 * n, seed: 1), spread(5, seed: 2), spread(5 * n, seed: 3),
          spread(5 * n, seed: 4), spread(5, seed: 5),
        ], within: .scaled(1e-5)
      ) {
        $0.kernels.scaleRowGradients(
          $0[0], by: $0[1], $0[2], dx: $0[3], accumulating: accumulating, ds: $0[4], rows: 5,
          columns: n)
      }
    }
  }
}

@Suite("Kernels of recurrent cells")
struct RecurrentKernelTests {
  @Test("step and send back", arguments: awkwardSizes)
  func lstm(_ w: Int) {
    let buffers = [
      spread(4 * 4 * w, seed: 1), spread(2 * 2 * w, seed: 2), spread(4 * 5 * w, seed: 3),
      spread(4 * 2 * w, seed: 4), spread(4 * 4 * w, seed: 5),
    ]
    func parts(_ b: KernelBuffers) -> LSTMBuffers {
      LSTMBuffers(gates: b[0], state: b[1], active: b[2], rows: 4, stateRows: 2, width: w)
    }
    expectTwins(buffers, within: .scaled(1e-6)) { $0.kernels.lstm(parts($0), next: $0[3]) }
    expectTwins(buffers, within: .scaled(1e-5)) {
      $0.kernels.lstmGradient(parts($0), next: $0[3], gates: $0[4], state: $0[1])
    }
  }

  @Test("reset, update and send back", arguments: awkwardSizes)
  func gru(_ w: Int) {
    let buffers = [
      spread(9 * w, seed: 1), spread(9 * w, seed: 2), spread(3 * w, seed: 3),
      spread(9 * w, seed: 4), spread(3 * w, seed: 5), spread(9 * w, seed: 6),
      spread(9 * w, seed: 7), spread(3 * w, seed: 8),
    ]
    func parts(_ b: KernelBuffers) -> GRUBuffers {
      GRUBuffers(input: b[0], hidden: b[1], state: b[2], active: b[3], rows: 3, width: w)
    }
    expectTwins(buffers, within: .scaled(1e-6)) { $0.kernels.gru(parts($0), next: $0[4]) }
    expectTwins(buffers, within: .scaled(1e-5)) {
      $0.kernels.gruGradient(parts($0), next: $0[4], input: $0[5], hidden: $0[6], state: $0[7])
    }
  }
}

@Suite("The kernel of cross-entropy")
struct CrossEntropyKernelTests {
  @Test("matches its twin for labels and probabilities", arguments: awkwardSizes)
  func twins(_ classes: Int) {
    guard classes > 0 else { return }
    let labels = UnsafeMutablePointer<Int32>.allocate(capacity: 3)
    defer { labels.deallocate() }
    for (row, label) in [classes - 1, -1, 0].enumerated() { labels[row] = Int32(label) }
    let count = 3 * classes
    let buffers = [
      spread(count, seed: 1, scale: 5), spread(3, seed: 2), spread(count, seed: 3),
      spread(count, seed: 4, scale: 0.5, offset: 0.5),
    ]
    for smoothing in [0.0, 0.1] {
      expectTwins(buffers, within: .scaled(2e-6)) {
        let targets = ClassTargets(
          labels: UnsafePointer(labels), probabilities: nil, smoothing: smoothing)
        $0.kernels.crossEntropy(
          $0[0], targets, losses: $0[1], gradient: $0[2], rows: 3, classes: classes)
      }
      expectTwins(buffers, within: .scaled(2e-6)) {
        let targets = ClassTargets(
          labels: nil, probabilities: UnsafeRawPointer($0[3]), smoothing: smoothing)
        $0.kernels.crossEntropy(
          $0[0], targets, losses: $0[1], gradient: $0[2], rows: 3, classes: classes)
      }
    }
  }
}
