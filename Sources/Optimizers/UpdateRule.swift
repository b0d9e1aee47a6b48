import Tensors

/// The formula of an optimiser: how it moves parameters, given its memory of earlier steps.
///
/// A rule is a value without state; `Optimizer` keeps what it remembers. Its loop over the parameters
/// is one fused kernel, so that each number is read and written once a step.
public protocol UpdateRule: Sendable {
  /// The names under which checkpoints keep the buffers that it remembers, each laid out like the
  /// parameters and zero at first.
  var bufferNames: [String] { get }

  /// Moves parameters, and what is remembered of them, one step.
  ///
  /// The parameters of a group may come in several spans, and those on several threads, so what happens
  /// to one number must not depend on its neighbours.
  func update(_ span: ParameterSpan, _ settings: UpdateSettings)
}

/// The numbers of one step for one group.
public struct UpdateSettings: Sendable, Equatable {
  /// The number of this step, from 1.
  public var step = 1
  /// Learning rate α, the schedule's factor included.
  public var learningRate = 0.0
  /// Weight decay λ.
  public var weightDecay = 0.0
  /// Multiplies the gradient: 1, or less where it is clipped.
  public var gradientFactor = 1.0

  /// The first step, with rates of zero.
  public init() {}
}

/// Adjacent parameters of one group, their gradient, and what is remembered of them.
public struct ParameterSpan {
  /// The parameters, [count].
  public let values: UnsafeMutablePointer<Float>
  /// ∂ loss / ∂ parameters, [count].
  public let gradient: UnsafePointer<Float>
  /// How many.
  public let count: Int
  let memory: UnsafeMutablePointer<Float>
  let stride: Int

  /// A remembered buffer, [count], zero before the first step.
  public func buffer(_ index: Int) -> UnsafeMutablePointer<Float> { memory + index * stride }
}
