/// The simulated paths of one batch: states, scores and log-probabilities.
///
/// Rows are cut into blocks of fixed size, whatever the number of threads. The states of a block
/// are adjacent, [T + 1, rows, D], so that a run of steps is one matrix. A batch that keeps
/// no paths holds two states of each block, the present and the next.
final class PathBatch: @unchecked Sendable {
  /// Rows of a block: a multiple of the matrix kernels' tile.
  static let blockRows = 30

  let count: Int
  let dimension: Int
  let steps: Int
  let keepsPaths: Bool
  private let states: UnsafeMutablePointer<Float>
  private let scores: UnsafeMutablePointer<Float>
  /// log P_F and log P_B of each step, [T, B]; of all steps together, [1, B], without paths.
  let logForward: UnsafeMutablePointer<Double>
  let logBackward: UnsafeMutablePointer<Double>
  /// Rows on which a score was not finite.
  let isDamaged: UnsafeMutablePointer<Bool>

  init(count: Int, dimension: Int, steps: Int, keepsPaths: Bool, keepsScores: Bool) {
    self.count = count
    self.dimension = dimension
    self.steps = steps
    self.keepsPaths = keepsPaths
    let kept = keepsPaths ? steps : 1
    states = .allocate(capacity: max(1, count * dimension * (kept + 1)))
    scores = .allocate(capacity: max(1, keepsScores ? count * dimension * kept : 0))
    logForward = .allocate(capacity: max(1, count * kept))
    logBackward = .allocate(capacity: max(1, count * kept))
    isDamaged = .allocate(capacity: max(1, count))
  }

  deinit {
    states.deallocate()
    scores.deallocate()
    logForward.deallocate()
    logBackward.deallocate()
    isDamaged.deallocate()
  }

  /// Number of blocks.
  var blocks: Int { (count + PathBatch.blockRows - 1) / PathBatch.blockRows }

  /// The rows of a block.
  func rows(of block: Int) -> Range<Int> {
    let first = block * PathBatch.blockRows
    return first..<min(count, first + PathBatch.blockRows)
  }

  /// States of a block at the beginning of a step (or the end, for step T), [rows, D].
  func state(_ block: Int, _ step: Int) -> UnsafeMutablePointer<Float> {
    let rows = rows(of: block)
    let slot = keepsPaths ? step : step % 2
    let slots = keepsPaths ? steps + 1 : 2
    return states + (rows.lowerBound * slots + slot * rows.count) * dimension
  }

  /// All states of a block but the last, of a batch that keeps paths.
  func flowRows(of block: Int) -> FlowRows {
    FlowRows(x: state(block, 0), steps: 0..<steps, rows: rows(of: block).count)
  }

  /// Clipped scores of a block at the beginning of a step, [rows, D].
  func score(_ block: Int, _ step: Int) -> UnsafeMutablePointer<Float> {
    let rows = rows(of: block)
    let slot = keepsPaths ? step : 0
    let slots = keepsPaths ? steps : 1
    return scores + (rows.lowerBound * slots + slot * rows.count) * dimension
  }

  /// Copies the end points, [B, D], in the order of the rows.
  func copyEnds(to out: UnsafeMutablePointer<Float>) {
    for block in 0..<blocks {
      let rows = rows(of: block)
      (out + rows.lowerBound * dimension).update(
        from: state(block, steps), count: rows.count * dimension)
    }
  }
}
