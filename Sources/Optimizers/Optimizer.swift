import Kernels
import Tensors

/// How fast a group of parameters learns.
public struct GroupSettings: Sendable, Equatable {
  /// Learning rate α.
  public var learningRate: Double
  /// Weight decay λ; what it does is the rule's.
  public var weightDecay: Double

  /// Sets both.
  public init(learningRate: Double, weightDecay: Double = 0) {
    self.learningRate = learningRate
    self.weightDecay = weightDecay
  }
}

/// A rule at work on a set of parameters: its memory, its step count, and the rates of the groups.
///
/// An update allocates nothing. Parameters, buffers and step count are its whole state.
public final class Optimizer: @unchecked Sendable {
  private struct Span {
    let range: Range<Int>
    let group: ParameterGroup
    let settings: GroupSettings
  }

  /// The formula.
  public let rule: any UpdateRule
  /// Updates done.
  public var step = 0
  private let parameters: ParameterSet
  /// The rule's buffers, one after another.
  private let memory: UnsafeMutablePointer<Float>
  private let spans: [Span]
  private let work = SharedUpdate()

  /// An optimiser for an initialised set, with nothing remembered.
  public init(
    _ rule: any UpdateRule, _ parameters: ParameterSet,
    settings: (ParameterGroup) -> GroupSettings
  ) {
    self.rule = rule
    self.parameters = parameters
    let count = max(1, rule.bufferNames.count * parameters.count)
    memory = .allocate(capacity: count)
    memory.initialize(repeating: 0, count: count)
    spans = Optimizer.spans(of: parameters, settings)
  }

  deinit { memory.deallocate() }

  /// What is remembered, by name: all that a checkpoint needs beside parameters and step count.
  public var buffers: [(name: String, values: UnsafeMutableBufferPointer<Float>)] {
    rule.bufferNames.enumerated().map { index, name in
      let start = memory + index * parameters.count
      return (name, UnsafeMutableBufferPointer(start: start, count: parameters.count))
    }
  }

  /// Moves the parameters one step against a gradient laid out like them.
  /// - Parameters:
  ///   - gradient: ∂ loss / ∂ parameters; for running averages, what is subtracted as it is.
  ///   - factor: Multiplies all learning rates: what a schedule says.
  ///   - gradientFactor: Multiplies the gradient: what clipping says.
  public func update(
    gradient: UnsafePointer<Float>, factor: Double = 1, gradientFactor: Double = 1
  ) {
    step += 1
    var settings = UpdateSettings()
    (settings.step, settings.gradientFactor) = (step, gradientFactor)
    for span in spans {
      if span.group == .statistics {
        moveStatistics(span.range, gradient)
        continue
      }
      settings.learningRate = factor * span.settings.learningRate
      settings.weightDecay = span.settings.weightDecay
      work.update(place(of: span.range, gradient), by: rule, settings)
    }
    parameters.refreshTransposes()
  }

  /// Running averages move by exactly what layers left for them.
  private func moveStatistics(_ range: Range<Int>, _ gradient: UnsafePointer<Float>) {
    InstructionSet.active.kernels.affine(
      gradient + range.lowerBound, scale: -1, shift: 0, to: parameters.values + range.lowerBound,
      count: range.count, accumulating: true)
  }

  private func place(
    of range: Range<Int>, _ gradient: UnsafePointer<Float>
  ) -> ParameterSpan {
    ParameterSpan(
      values: parameters.values + range.lowerBound, gradient: gradient + range.lowerBound,
      count: range.count, memory: memory + range.lowerBound, stride: parameters.count)
  }

  /// Adjacent parameters of one group share a span.
  private static func spans(
    of set: ParameterSet, _ settings: (ParameterGroup) -> GroupSettings
  ) -> [Span] {
    var spans: [Span] = []
    for entry in set.entries {
      var first = entry.parameter.offset
      let end = first + entry.parameter.shape.count
      if let last = spans.last, last.group == entry.group {
        first = last.range.lowerBound
        spans.removeLast()
      }
      spans.append(Span(range: first..<end, group: entry.group, settings: settings(entry.group)))
    }
    return spans
  }
}
