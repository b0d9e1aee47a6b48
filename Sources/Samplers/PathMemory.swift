import Networks
import Tensors

/// The memory of the paths of a batch: segments of steps, and the states they are simulated from.
///
/// Where a block is taken from its start to its gradient at once, each thread needs both once. Where all
/// blocks are simulated before any goes backwards, each block keeps those states, and its whole
/// path if that is one segment.
final class PathMemory: @unchecked Sendable {
  /// Which rows and steps belong together.
  let plan: PathPlan
  private let segments: [PathSegment]
  private let isSegmentPerBlock: Bool
  private let areAnchorsPerBlock: Bool
  private let anchors: UnsafeMutableRawPointer
  private let bytesPerAnchor: Int

  /// Memory for the paths of a plan.
  /// - Parameter keepsBatch: Whether all blocks are simulated before any goes backwards.
  init(
    _ model: PathModel, _ plan: PathPlan, threads: Int, keepsBatch: Bool,
    _ type: ScalarType = .float32
  ) {
    let blocks = plan.blocks
    self.plan = plan
    areAnchorsPerBlock = keepsBatch
    isSegmentPerBlock = keepsBatch && plan.segments == 1
    segments = (0..<(isSegmentPerBlock ? blocks : threads)).map { _ in
      PathSegment(model, steps: plan.length, type)
    }
    bytesPerAnchor = PathPlan.blockRows * model.network.dimension * type.byteCount
    anchors = .allocate(
      byteCount: max(1, (keepsBatch ? blocks : threads) * plan.segments * bytesPerAnchor),
      alignment: 64)
  }

  deinit { anchors.deallocate() }

  /// Where a thread finds or puts the steps of a block.
  func segment(of block: Int, _ worker: Int) -> PathSegment {
    segments[isSegmentPerBlock ? block : worker]
  }

  /// The states that a segment of a block is simulated from, [rows, D]: those at its beginning, or at
  /// its end where paths are simulated backwards.
  func anchor(of index: Int, in block: Int, _ worker: Int) -> UnsafeMutableRawPointer {
    anchors + ((areAnchorsPerBlock ? block : worker) * plan.segments + index) * bytesPerAnchor
  }
}
