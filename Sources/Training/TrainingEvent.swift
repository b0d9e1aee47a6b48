/// What one training step was like.
public struct StepReport: Codable, Sendable, Equatable {
  /// Steps done, this one included.
  public var step: Int
  /// Value of the objective on the model's own paths; on paths from given ends where all are such.
  public var loss: Double
  /// Value of the objective on the last batch of paths from given ends; nil where there was none.
  public var backwardLoss: Double?
  /// The learned log Z.
  public var logZ: Double
  /// Mean importance log-weight of the last batch of the same paths: of the model's own, with exploration, a
  /// rough lower bound of log Z; of paths from samples an upper one.
  public var elbo: Double
  /// Euclidean norm of the gradient.
  public var gradientNorm: Double
  /// Density evaluations so far.
  public var energyCalls: Int
  /// Score evaluations so far.
  public var gradientCalls: Int
  /// Paths set aside so far because of a NaN or an infinity.
  public var rejected: Int

  /// Collects the figures.
  public init(
    step: Int, loss: Double, backwardLoss: Double? = nil, logZ: Double, elbo: Double,
    gradientNorm: Double, energyCalls: Int, gradientCalls: Int, rejected: Int
  ) {
    self.step = step
    self.loss = loss
    self.backwardLoss = backwardLoss
    self.logZ = logZ
    self.elbo = elbo
    self.gradientNorm = gradientNorm
    self.energyCalls = energyCalls
    self.gradientCalls = gradientCalls
    self.rejected = rejected
  }

  enum CodingKeys: String, CodingKey {
    case step, loss, elbo, rejected
    case backwardLoss = "backward_loss"
    case logZ = "log_z"
    case gradientNorm = "gradient_norm"
    case energyCalls = "energy_calls"
    case gradientCalls = "gradient_calls"
  }
}

/// Something that happened in training, with all there is to say about it.
public enum TrainingEvent: Sendable {
  /// Training goes from a step to a step.
  case started(from: Int, to: Int)
  /// A step that the cadence of reports falls on.
  case step(StepReport)
  /// A checkpoint was written.
  case checkpoint(step: Int, path: String)
  /// All steps are done.
  case finished(step: Int)
}

/// Who hears of training and may stop it.
public protocol TrainingListener: AnyObject {
  /// Called for each event. An error stops training after the step it belongs to.
  func receive(_ event: TrainingEvent) throws

  /// Asked several times a second on the training thread; an error stops at the next safe point.
  func poll() throws
}

/// Stopped by request; what was done is kept.
public struct Cancelled: Error, CustomStringConvertible {
  /// Makes the error.
  public init() {}

  /// One clause.
  public var description: String { "stopped by request" }
}
