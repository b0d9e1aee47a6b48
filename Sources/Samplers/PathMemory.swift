import Networks
import Tensors

/// The memory of the paths of a batch: segments of steps, and the states at their beginnings.
///
/// Where a block is taken from its start to its gradient at once, each thread needs both once. Where all
/// blocks are simulated before any goes backwards, each block keeps its beginnings, and its whole
/// path if that is one segment.
final class PathMemory: @unchecked Sendable {
  /// Which rows and steps belong together.
  let plan: PathPlan
  private let segments: [PathSegment]
  private let isSegmentPerBlock: Bool
  private let areStartsPerBlock: Bool
  private let starts: UnsafeMutableRawPointer
  private let bytesPerStart: Int

  /// Memory for the paths of a plan.
  /// - Parameter keepsBatch: Whether all blocks are simulated before any goes backwards.
  init(
    _ model: PathModel, _ plan: PathPlan, threads: Int, keepsBatch: Bool,
    _ type: ScalarType = .float32
  ) {
    let blocks = plan.blocks
    self.plan = plan
    areStartsPerBlock = keepsBatch
    isSegmentPerBlock = keepsBatch && plan.segments == 1
    segments = (0..<(isSegmentPerBlock ? blocks : threads)).map { _ in
      PathSegment(model.network, flow: model.flow, steps: plan.length, type)
    }
    bytesPerStart = PathPlan.blockRows * model.network.dimension * type.byteCount
    starts = .allocate(
      byteCount: max(1, (keepsBatch ? blocks : threads) * plan.segments * bytesPerStart),
      alignment: 64)
  }

  deinit { starts.deallocate() }

  /// Where a thread finds or puts the steps of a block.
  func segment(of block: Int, _ worker: Int) -> PathSegment {
    segments[isSegmentPerBlock ? block : worker]
  }

  /// The states at the beginning of a segment of a block, [rows, D].
  func start(of index: Int, in block: Int, _ worker: Int) -> UnsafeMutableRawPointer {
    starts + ((areStartsPerBlock ? block : worker) * plan.segments + index) * bytesPerStart
  }
}
