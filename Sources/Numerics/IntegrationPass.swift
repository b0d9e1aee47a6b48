/// One integration under way: the loop that all methods share.
struct IntegrationPass<Scalar: MatrixScalar> {
  private(set) var result: Integral<Scalar>
  private let tableau: RungeKuttaTableau
  private let control: StepControl
  private let (start, end): (Double, Double)
  private let outputTimes: [Double]
  private let count: Int
  private var time: Double
  private let memory: UnsafeMutablePointer<Scalar>
  private var state: UnsafeMutablePointer<Scalar>
  private var next: UnsafeMutablePointer<Scalar>
  private let scratch: UnsafeMutablePointer<Scalar>
  private var slopes: [UnsafeMutablePointer<Scalar>]

  init(
    _ tableau: RungeKuttaTableau, _ control: StepControl, _ initial: [Scalar], from start: Double,
    to end: Double, outputTimes: [Double]
  ) {
    (self.tableau, self.control, self.outputTimes) = (tableau, control, outputTimes)
    (self.start, self.end, time) = (start, end, start)
    count = initial.count
    let rows = tableau.nodes.count + 3
    memory = .allocate(capacity: max(1, rows * initial.count))
    memory.initialize(repeating: 0, count: rows * initial.count)
    let places = (0..<rows).map { [memory] in memory + $0 * initial.count }
    (state, next, scratch, slopes) = (places[0], places[1], places[2], Array(places[3...]))
    for (index, value) in initial.enumerated() { state[index] = value }
    result = Integral(state: initial)
  }

  func deallocate() { memory.deallocate() }

  mutating func run(_ field: RungeKutta<Scalar>.Field) throws(NumericalError) {
    if start != end && count > 0 {
      evaluate(field, time, state, slopes[0])
      switch control {
      case .fixed(let steps): try runFixed(steps, field)
      case .adaptive(let tolerance): try runAdaptive(tolerance, field)
      }
    }
    while nextOutput != nil { recordOutput(state) }
    result.state = Array(UnsafeBufferPointer(start: state, count: count))
  }

  private mutating func runFixed(
    _ steps: Int, _ field: RungeKutta<Scalar>.Field
  ) throws(NumericalError) {
    for index in 1...steps {
      let target = index == steps ? end : start + (end - start) * Double(index) / Double(steps)
      attempt(target - time, field)
      guard isFinite(next) else { throw .notFinite(time: time) }
      accept(target, isLast: index == steps, field)
    }
  }

  /// Below this a step is lost in the rounding of time.
  private var shortestStep: Double { 4 * max(time.magnitude, end.magnitude).ulp }

  private mutating func runAdaptive(
    _ tolerance: StepTolerance, _ field: RungeKutta<Scalar>.Field
  ) throws(NumericalError) {
    guard isFinite(slopes[0]) else { throw .notFinite(time: time) }
    var controller = StepController(order: tableau.order)
    let direction = end > start ? 1.0 : -1.0
    var step = direction * (tolerance.firstStep ?? firstStep(tolerance, direction, field))
    while time != end {
      guard result.acceptedSteps + result.rejectedSteps < tolerance.maximumSteps else {
        throw .tooManySteps(limit: tolerance.maximumSteps, time: time)
      }
      // A remainder just longer than the step is taken as two halves, not as a step and a sliver.
      let left = end - time
      let isLast = step.magnitude >= left.magnitude
      if isLast { step = left } else if step.magnitude * 2 > left.magnitude { step = left / 2 }
      attempt(step, field)
      let error = error(of: step, tolerance)
      let (isAccepted, factor) = controller.judge(error)
      if isAccepted {
        accept(isLast ? end : time + step, isLast: isLast, field)
      } else {
        result.rejectedSteps += 1
        guard (step * factor).magnitude > shortestStep else {
          throw error.isFinite ? .stepTooSmall(step: step, time: time) : .notFinite(time: time)
        }
      }
      step *= factor
    }
  }
}

// MARK: - One step

extension IntegrationPass {
  private mutating func evaluate(
    _ field: RungeKutta<Scalar>.Field, _ time: Double, _ state: UnsafeMutablePointer<Scalar>,
    _ slope: UnsafeMutablePointer<Scalar>
  ) {
    field(time, state, slope)
    result.evaluations += 1
  }

  /// y + h Σ w_i k_i.
  private func combine(
    _ weights: [Double], _ step: Double, from origin: UnsafeMutablePointer<Scalar>,
    into target: UnsafeMutablePointer<Scalar>
  ) {
    target.update(from: origin, count: count)
    for (weight, slope) in zip(weights, slopes) where weight != 0 {
      Scalar.add(Scalar(step * weight), times: slope, to: target, count: count)
    }
  }

  /// Computes the slopes and the state after a step.
  private mutating func attempt(_ step: Double, _ field: RungeKutta<Scalar>.Field) {
    for stage in 1..<max(1, tableau.nodes.count) {
      combine(tableau.stages[stage], step, from: state, into: next)
      evaluate(field, time + tableau.nodes[stage] * step, next, slopes[stage])
    }
    // With the last stage at the end of the step, `next` is already the new state.
    if !tableau.isFirstSameAsLast { combine(tableau.weights, step, from: state, into: next) }
  }

  /// Moves to the end of the step, past the output times on the way, and readies the first slope.
  private mutating func accept(
    _ target: Double, isLast: Bool, _ field: RungeKutta<Scalar>.Field
  ) {
    let step = target - time
    recordOutputs(upTo: target, step)
    swap(&state, &next)
    time = target
    result.acceptedSteps += 1
    if tableau.isFirstSameAsLast {
      slopes.swapAt(0, slopes.count - 1)
    } else if !isLast {
      evaluate(field, time, state, slopes[0])
    }
  }

  private var nextOutput: Double? {
    result.outputs.count < outputTimes.count ? outputTimes[result.outputs.count] : nil
  }

  /// Interpolates the outputs that are due in a step.
  private mutating func recordOutputs(upTo target: Double, _ step: Double) {
    while let output = nextOutput, (target - output) * step >= 0 {
      combine(tableau.weights(at: (output - time) / step), step, from: state, into: scratch)
      recordOutput(scratch)
    }
  }

  private mutating func recordOutput(_ values: UnsafeMutablePointer<Scalar>) {
    result.outputs.append(Array(UnsafeBufferPointer(start: values, count: count)))
  }

  private func isFinite(_ values: UnsafeMutablePointer<Scalar>) -> Bool {
    (0..<count).allSatisfy { values[$0].isFinite }
  }
}

// MARK: - Errors

extension IntegrationPass {
  /// The root mean square error of the step in units of the tolerance.
  private func error(of step: Double, _ tolerance: StepTolerance) -> Double {
    scratch.update(repeating: 0, count: count)
    combine(tableau.errorWeights ?? [], step, from: scratch, into: scratch)
    return norm(scratch, next, tolerance)
  }

  private func norm(
    _ values: UnsafeMutablePointer<Scalar>, _ other: UnsafeMutablePointer<Scalar>,
    _ tolerance: StepTolerance
  ) -> Double {
    let sum = Scalar.sumOfScaledSquares(
      values, state, other, count: count, absolute: tolerance.absolute,
      relative: tolerance.relative)
    return (sum / Double(count)).squareRoot()
  }

  /// A first step for which an explicit Euler step and the change of slope along it are small.
  /// Reference: Hairer, Nørsett and Wanner (1993), II.4
  private mutating func firstStep(
    _ tolerance: StepTolerance, _ direction: Double, _ field: RungeKutta<Scalar>.Field
  ) -> Double {
    let (size, slope) = (norm(state, state, tolerance), norm(slopes[0], state, tolerance))
    let trial = min(
      (end - start).magnitude, size < 1e-5 || slope < 1e-5 ? 1e-6 : 0.01 * size / slope)
    combine([1], direction * trial, from: state, into: next)
    evaluate(field, time + direction * trial, next, slopes[1])
    scratch.update(from: slopes[1], count: count)
    Scalar.add(-1, times: slopes[0], to: scratch, count: count)
    let bend = norm(scratch, state, tolerance) / trial
    let steepest = max(slope, bend)
    let guess =
      steepest <= 1e-15
      ? max(1e-6, trial * 1e-3) : power(0.01 / steepest, 1 / Double(tableau.order + 1))
    return guess.isFinite ? min(100 * trial, guess) : trial
  }
}
