import Diffusions
import KernelTables
import Networks
import Tensors

/// What is known of the steps of all paths before any is simulated: times, coefficients, encodings.
final class PathTables {
  /// The times of the states and what each step does.
  let steps: StepTable
  private let times: TimeEncodings
  private let reversal: TimeEncodings?
  private let prior: (times: TimeEncodings, pass: PassParameters, binding: ParameterBinding)?

  /// Tables for so many steps, by default as many as in training.
  init(_ model: PathModel, steps: Int? = nil, _ type: ScalarType = .float32) {
    let table = StepTable(model.process, steps: steps)
    self.steps = table
    times = TimeEncodings(model.network, steps: table.steps, type)
    reversal = model.reversal.map { TimeEncodings($0, steps: table.steps, type) }
    prior = model.prior.map {
      let binding = ParameterBinding($0.parameters, gradients: nil)
      return (
        TimeEncodings($0.network, steps: table.steps, type), PassParameters(binding, type), binding
      )
    }
  }

  /// Encodes the times; with gradients in `parameters`, `runBackward` may follow.
  func encode(_ parameters: ParameterBinding) {
    times.encode(steps.startTimes, parameters)
    reversal?.encode(steps.endTimes, parameters)
    if let prior { prior.times.encode(steps.startTimes, prior.binding) }
  }

  /// What a pass with these parameters reads.
  func inputs(
    _ pass: PassParameters, conditions: ConditionInputs? = nil, gradient: PathGradient? = nil
  ) -> PathInputs {
    PathInputs(
      pass: pass, steps: steps, times: times.tables, reversalTimes: reversal?.tables,
      prior: prior.map { PriorInputs(pass: $0.pass, times: $0.times.tables) },
      conditions: conditions, gradient: gradient)
  }

  /// Sends the gradients by the tables on to the parameters.
  func runBackward(_ gradient: PathGradient, _ parameters: ParameterBinding) {
    times.runBackward(gradient.times, parameters)
    reversal?.runBackward(gradient.reversalTimes, parameters)
  }
}

/// What a pass over paths reads: parameters and tables.
struct PathInputs {
  let pass: PassParameters
  let steps: StepTable
  let times: TimeTables
  /// For the network of the way back, where there is one.
  let reversalTimes: TimeTables?
  /// For the prior of a posterior.
  let prior: PriorInputs?
  /// What the conditions of the block's rows add, where there are any.
  var conditions: ConditionInputs?
  /// Where gradients go; nil for a pass forwards only.
  var gradient: PathGradient?
}
