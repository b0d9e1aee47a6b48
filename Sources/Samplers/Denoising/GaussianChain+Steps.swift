import Kernels
import Networks
import Tensors

extension GaussianChain {
  package func advance(
    _ step: Int, _ rows: StepRows, from states: UnsafePointer<Float>, _ stream: RandomStream,
    _ context: Context, into next: UnsafeMutablePointer<Float>,
    logProbabilities: UnsafeMutablePointer<Double>
  ) {
    let law = law(of: row(step), rows, from: states, context)
    draw(rows, stream, step: UInt32(step), into: next)
    for i in 0..<rows.count * dimension {
      next[i] = law.mean[i] + law.deviation(i) * next[i]
    }
    write(law, of: next, rows.count, into: logProbabilities)
  }

  package func logProbabilities(
    _ step: Int, _ rows: StepRows, of next: UnsafePointer<Float>,
    from states: UnsafePointer<Float>, _ context: Context,
    into logProbabilities: UnsafeMutablePointer<Double>
  ) {
    write(
      law(of: row(step), rows, from: states, context), of: next, rows.count,
      into: logProbabilities)
  }

  package func logProbability(
    _ steps: UnsafePointer<Int32>, _ rows: StepRows, of next: UnsafePointer<Float>,
    from states: UnsafePointer<Float>, _ context: Context
  ) -> Tensor {
    let (tape, d) = (context.tape, dimension)
    let output = output(rows, from: states, context) { self.row(Int(steps[$0])) }
    // z = c - b F of each coordinate, for the deviation in the middle of its range.
    let c = tape.allocate(Shape(rows.count, d))
    let (b, range) = (tape.allocate(Shape(rows.count, 1)), tape.allocate(Shape(rows.count, 1)))
    for index in 0..<rows.count {
      let row = row(Int(steps[index]))
      tape.write(Double(row.output / row.deviation), at: index, of: b)
      tape.write(Double(row.range), at: index, of: range)
      for i in index * d..<(index + 1) * d {
        tape.write(Double((next[i] - row.state * states[i]) / row.deviation), at: i, of: c)
      }
    }
    let z = tape.subtract(c, tape.scaleRows(output.value, by: b))
    guard let variance = output.variance else {
      return tape.scale(tape.sum(tape.apply(.square, z), over: [1]), by: -0.5)
    }
    let logarithm = tape.scaleRows(variance, by: range)
    let scaled = tape.multiply(z, tape.apply(.exponential, tape.scale(logarithm, by: -1)))
    return tape.subtract(
      tape.scale(tape.sum(tape.apply(.square, scaled), over: [1]), by: -0.5),
      tape.sum(logarithm, over: [1]))
  }

  /// Mean and deviation of the next states of some rows.
  private struct Law {
    let mean: UnsafePointer<Float>
    /// d of every coordinate, [rows, D], where it is learned.
    let deviations: UnsafePointer<Float>?
    let common: Float

    func deviation(_ index: Int) -> Float { deviations?[index] ?? common }
  }

  private func law(
    of row: Row, _ rows: StepRows, from states: UnsafePointer<Float>, _ context: Context
  ) -> Law {
    let (tape, count) = (context.tape, rows.count * dimension)
    let output = output(rows, from: states, context) { _ in row }
    let value = output.value.data.assumingMemoryBound(to: Float.self)
    let mean = tape.allocate(output.value.shape).data.assumingMemoryBound(to: Float.self)
    for i in 0..<count { mean[i] = row.state * states[i] + row.output * value[i] }
    guard let variance = output.variance else {
      return Law(mean: mean, deviations: nil, common: row.deviation)
    }
    let factors = tape.apply(.exponential, tape.scale(variance, by: Double(row.range)))
    let deviations = tape.scale(factors, by: Double(row.deviation))
    return Law(
      mean: mean, deviations: deviations.data.assumingMemoryBound(to: Float.self),
      common: row.deviation)
  }

  /// What the network says of some rows.
  private func output(
    _ rows: StepRows, from states: UnsafePointer<Float>, _ context: Context,
    _ row: (Int) -> Row
  ) -> DenoisingOutput {
    let (tape, d) = (context.tape, dimension)
    let (x, times) = (tape.allocate(Shape(rows.count, d)), tape.allocate(Shape(rows.count, 1)))
    for index in 0..<rows.count {
      let row = row(index)
      tape.write(Double(row.time), at: index, of: times)
      for i in index * d..<(index + 1) * d {
        tape.write(Double(row.input * states[i]), at: i, of: x)
      }
    }
    let conditions = conditions(rows, tape)
    guard let scores = rows.scores, let scored = guided as? any ScoredNetwork else {
      return guided(x, at: times, conditions: conditions, context)
    }
    return scored(x, at: times, conditions: conditions, scores: scores, context)
  }

  /// The conditions as a tensor.
  func conditions(_ rows: StepRows, _ tape: Tape) -> Tensor? {
    guard conditionDimension > 0, let features = rows.conditions else { return nil }
    let tensor = tape.allocate(Shape(rows.count, conditionDimension))
    for i in 0..<tensor.count { tape.write(Double(features[i]), at: i, of: tensor) }
    return tensor
  }

  private func write(
    _ law: Law, of next: UnsafePointer<Float>, _ rows: Int,
    into logProbabilities: UnsafeMutablePointer<Double>
  ) {
    let constant = scalarLog(Double(law.common)) + halfLogTwoPi
    for row in 0..<rows {
      var (square, logarithms) = (0.0, Double(dimension) * constant)
      for i in row * dimension..<(row + 1) * dimension {
        let deviation = Double(law.deviation(i))
        let z = (Double(next[i]) - Double(law.mean[i])) / deviation
        square += z * z
        if law.deviations != nil {
          logarithms += scalarLog(deviation / Double(law.common))
        }
      }
      logProbabilities[row] = -0.5 * square - logarithms
    }
  }
}
