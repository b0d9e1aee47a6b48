import Kernels

/// How paths are drawn.
struct SimulationSettings {
  /// Source of the noise.
  let stream: RandomStream
  /// Number of the batch's first row in the stream.
  var firstRow = 0
  /// Standard deviation added to steps forwards, as a mean over steps of the variance.
  var exploration = 0.0
  /// Where paths come from.
  var origin = PathOrigin.noise
  /// What log-weights are compared with, where not their own mean.
  var center: Double?
  /// β: what the log-density counts at the ends of paths.
  var inverseTemperature = 1.0
  /// The part of the steps that carry gradient.
  var stepFraction = 1.0
  /// What to do about scores that are not finite.
  let nonFinite: NonFinitePolicy

  /// Whether paths are simulated from their ends to their beginnings.
  var isBackwards: Bool {
    guard case .ends = origin else { return false }
    return true
  }
}

/// Where the paths of a batch come from.
enum PathOrigin {
  /// Simulated forwards from the noise at time 0.
  case noise
  /// Simulated forwards from given states at the beginning of the plan's steps, [B, D].
  case states(UnsafePointer<Float>)
  /// Simulated backwards from given points at time 1.
  case ends(EndPoints)
}

/// Given end points of a batch of paths, borrowed for a call.
struct EndPoints {
  /// x_T, [B, D].
  let x: UnsafePointer<Float>
  /// log ρ(x_T), [B]; nil where nobody asks.
  let logDensity: UnsafePointer<Float>?
  /// The condition of each, [B], where there are any.
  var conditions: UnsafePointer<Int32>?
}
