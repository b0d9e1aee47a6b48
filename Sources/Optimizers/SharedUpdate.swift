import Kernels
import Tensors

/// One step of a rule on many parameters, shared out among the threads.
///
/// A rule takes each number by itself, so that the cuts do not show in the bits.
final class SharedUpdate: PooledWork, @unchecked Sendable {
  /// Parameters of a piece: half a megabyte of them, with gradient and memory two.
  private static let pieceCount = 1 << 17

  private var step: (span: ParameterSpan, rule: any UpdateRule, settings: UpdateSettings)?

  /// Moves all parameters of a span.
  func update(_ span: ParameterSpan, by rule: any UpdateRule, _ settings: UpdateSettings) {
    guard span.count > SharedUpdate.pieceCount else { return rule.update(span, settings) }
    step = (span, rule, settings)
    let pieces = (span.count + SharedUpdate.pieceCount - 1) / SharedUpdate.pieceCount
    ThreadPool.shared.run(pieces, self) {}
    step = nil
  }

  /// Moves one piece.
  func piece(_ index: Int, _ worker: Int) {
    guard let (span, rule, settings) = step else { return }
    let first = index * SharedUpdate.pieceCount
    let end = min(span.count, first + SharedUpdate.pieceCount)
    rule.update(span.part(first..<end), settings)
  }
}

extension ParameterSpan {
  /// Some of the parameters.
  fileprivate func part(_ range: Range<Int>) -> ParameterSpan {
    ParameterSpan(
      values: values + range.lowerBound, gradient: gradient + range.lowerBound, count: range.count,
      memory: memory + range.lowerBound, stride: stride)
  }
}
