import Networks
import Tensors

/// Which rows are simulated together and how many steps are kept in memory at once.
///
/// A block of rows is simulated from start to end, one segment of steps after another; of each segment
/// only the states at its beginning are sure to be kept. Going backwards, a segment that is no longer in
/// memory is simulated again: its noise is a function of the seed, so all bits return. Where a whole
/// path fits, it is one segment and nothing is computed twice. Otherwise segments are about √T
/// long and so are the beginnings, and memory grows with √T.
///
/// Neither the choice nor the threads change any bit of the result.
struct PathPlan: Sendable, Equatable {
  /// Rows of a block: a multiple of the matrix kernels' tile.
  static let blockRows = 30
  /// Steps whose weight gradients are one product; segments are multiples of it.
  static let chunkSteps = 8
  /// Bytes that one thread may keep of its block's path.
  static let threadBytes = 16 << 20
  /// Bytes that all blocks together may keep, for objectives that see all paths at once.
  static let batchBytes = 256 << 20

  /// Number of rows B.
  let count: Int
  /// Steps of a path before those of the plan.
  let first: Int
  /// Number of steps T.
  let steps: Int
  /// Steps of a segment; the last one may be shorter.
  let length: Int

  /// A plan with segments of a given length.
  init(count: Int, first: Int = 0, steps: Int, length: Int) {
    (self.count, self.first, self.steps, self.length) = (count, first, steps, length)
  }

  /// A plan for training.
  /// - Parameters:
  ///   - bytesPerStep: What one step of a block takes up, activations included.
  ///   - budget: Bytes that may be kept of one block's path.
  init(count: Int, first: Int = 0, steps: Int, bytesPerStep: Int, budget: Int) {
    func wholeChunks(_ steps: Int) -> Int {
      (steps + PathPlan.chunkSteps - 1) / PathPlan.chunkSteps * PathPlan.chunkSteps
    }
    let root = Int(Double(steps).squareRoot().rounded(.up))
    let fits = wholeChunks(steps) * bytesPerStep <= budget
    self.init(
      count: count, first: first, steps: steps, length: wholeChunks(fits ? steps : root))
  }

  /// Number of blocks.
  var blocks: Int { PathPlan.blocks(of: count) }

  /// Number of blocks of so many rows.
  static func blocks(of count: Int) -> Int { (count + blockRows - 1) / blockRows }

  /// The rows of a block.
  func rows(of block: Int) -> Range<Int> {
    let first = block * PathPlan.blockRows
    return first..<min(count, first + PathPlan.blockRows)
  }

  /// Number of segments.
  var segments: Int { (steps + length - 1) / length }

  /// The steps of a segment.
  func steps(of segment: Int) -> Range<Int> {
    first + segment * length..<first + min(steps, (segment + 1) * length)
  }
}
