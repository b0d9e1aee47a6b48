import Kernels
import Networks
import Tensors

/// A Markov chain from noise to data, every transition of which has a density and is made by a network.
///
///     p(x_0, …, x_T) = p(x_0) ∏ p(x_{i+1} | x_i),   i = 0 … T - 1;   x_0 is noise, x_T is data
///
/// States are rows of D numbers; tokens are whole numbers. A model holds no parameters, only where they are in
/// a set: the context of a call says what they stand for. So a frozen prior and the posterior that
/// learns may share a set, and low-rank changes share the prior's weights.
///
/// What is drawn is a function of stream, step, row and column; what is computed for a row does not depend on the
/// other rows. So bits depend neither on threads nor on blocks. Callers give at most `tapeRows` rows at a
/// time and reset the context's tape between calls.
package protocol StepModel: Sendable {
  /// D, the numbers of a state.
  var dimension: Int { get }
  /// T, the transitions of a path.
  var steps: Int { get }
  /// Numbers that describe the condition of a path; 0 for a model without conditions.
  var conditionDimension: Int { get }
  /// Rows that go through a tape at once, so that what it holds stays in the cache.
  var tapeRows: Int { get }
  /// Whether steps have the score of a constraint, which rows may keep.
  var usesScore: Bool { get }

  /// The same model with the weights of its linear layers held fixed and a low-rank change to each that
  /// learns.
  ///
  /// Nothing changes until they learn. Declares `name.….down` and `name.….up`.
  func adapted(_ name: String, rank: Int, alpha: Double, in set: ParameterSet) -> Self

  /// Draws x_0, [rows, D].
  func start(_ rows: StepRows, _ stream: RandomStream, into states: UnsafeMutablePointer<Float>)

  /// Draws x_{i+1}, [rows, D], given x_i, and writes log p(x_{i+1} | x_i), [rows].
  ///
  /// The log-probability is that of `logProbabilities` for the same states, bit by bit.
  func advance(
    _ step: Int, _ rows: StepRows, from states: UnsafePointer<Float>, _ stream: RandomStream,
    _ context: Context, into next: UnsafeMutablePointer<Float>,
    logProbabilities: UnsafeMutablePointer<Double>)

  /// Writes log p(x_{i+1} | x_i), [rows], of rows that are all at step i.
  func logProbabilities(
    _ step: Int, _ rows: StepRows, of next: UnsafePointer<Float>,
    from states: UnsafePointer<Float>, _ context: Context,
    into logProbabilities: UnsafeMutablePointer<Double>)

  /// log p(x_{i+1} | x_i), [rows], of rows that are each at a step of its own, with its gradient.
  ///
  /// Constants that do not depend on parameters may be left out.
  /// - Parameter steps: i of each row, [rows].
  func logProbability(
    _ steps: UnsafePointer<Int32>, _ rows: StepRows, of next: UnsafePointer<Float>,
    from states: UnsafePointer<Float>, _ context: Context
  ) -> Tensor

  /// Draws x_i, [rows, D], given x_{i+1}, by the noising process: a way back from data to noise.
  func noise(
    _ step: Int, _ rows: StepRows, from next: UnsafePointer<Float>, _ stream: RandomStream,
    into states: UnsafeMutablePointer<Float>)

  /// Writes the log-probability of x_i given x_{i+1} under the noising process, [rows].
  func noiseLogProbabilities(
    _ step: Int, _ rows: StepRows, of states: UnsafePointer<Float>,
    from next: UnsafePointer<Float>, into logProbabilities: UnsafeMutablePointer<Double>)

  /// Writes log p(x_0), [rows].
  func startLogProbabilities(
    _ rows: StepRows, of states: UnsafePointer<Float>,
    into logProbabilities: UnsafeMutablePointer<Double>)
}

extension StepModel {
  package var usesScore: Bool { false }
}

/// Some rows of a batch of paths.
package struct StepRows: Sendable {
  /// Number of the first one in the batch: what is drawn depends on it.
  package let first: Int
  /// How many.
  package let count: Int
  /// What describes the condition of each row, [count, conditionDimension]; nil where there are none.
  package nonisolated(unsafe) let conditions: UnsafePointer<Float>?
  /// Where the scores of a constraint are kept; nil where they are not.
  package private(set) var scores: StepScores?

  /// Names rows.
  package init(first: Int, count: Int, conditions: UnsafePointer<Float>? = nil) {
    self.first = first
    self.count = count
    self.conditions = conditions
  }

  /// The same rows, whose scores are kept.
  func keeping(_ scores: StepScores?) -> StepRows {
    var rows = self
    rows.scores = scores
    return rows
  }
}
