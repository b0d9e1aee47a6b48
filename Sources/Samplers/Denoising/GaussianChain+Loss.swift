import Diffusions
import Kernels
import Networks
import Tensors

extension GaussianChain {
  /// The mean over coordinates of the squared error of what the network says, summed over rows.
  ///
  ///     |F(y_l, l) - goal|² / D,   y_l = a_l x / scale + s_l ε,   l uniform;   goal ε, x / scale or a ε - s x / scale
  ///
  /// Where variances are learned, `boundWeight` times L / D of the variational bound's term of level l is added,
  /// in nats, in which the mean is held fixed.
  /// Reference: Ho, Jain and Abbeel (2020), eq. 14, arXiv:2006.11239; Nichol and Dhariwal (2021), eq. 16,
  /// arXiv:2102.09672
  package func loss(
    _ rows: StepRows, of data: UnsafePointer<Float>, _ stream: RandomStream, _ context: Context
  ) -> Tensor {
    let (tape, d) = (context.tape, dimension)
    let noised = noised(rows, data, stream, tape)
    let output = network(
      noised.x, at: noised.times, conditions: conditions(rows, tape), context)
    let square = tape.apply(.square, tape.subtract(output.value, noised.goals))
    let error = tape.scale(tape.sum(square), by: 1 / Double(d))
    guard let variance = output.variance else { return error }
    let bound = bound(noised, output.value, variance, rows.count, tape)
    return tape.add(
      error, tape.scale(bound, by: config.boundWeight * Double(levels.count) / Double(d)))
  }

  /// Rows with noise, and what the network should say of them.
  private struct Noised {
    let x, times, goals: Tensor
    /// x / scale and l of each row.
    let data: UnsafePointer<Float>
    let levels: UnsafePointer<Int32>
  }

  private func noised(
    _ rows: StepRows, _ data: UnsafePointer<Float>, _ stream: RandomStream, _ tape: Tape
  ) -> Noised {
    let (d, shape) = (dimension, Shape(rows.count, dimension))
    let scratch = tape.arena.allocate(bytes: 4 * rows.count * (2 * d + 2))
      .assumingMemoryBound(to: Float.self)
    let (epsilon, clean) = (scratch, scratch + rows.count * d)
    let uniform = clean + rows.count * d
    let chosen = UnsafeMutableRawPointer(uniform + rows.count).assumingMemoryBound(to: Int32.self)
    draw(rows, stream, step: 1, into: epsilon)
    InstructionSet.active.kernels.uniforms(
      key: stream.key, step: 0, firstRow: rows.first, rows: rows.count, columns: 1, to: uniform)
    let (x, goals) = (tape.allocate(shape), tape.allocate(shape))
    let times = tape.allocate(Shape(rows.count, 1))
    for row in 0..<rows.count {
      let level = min(levels.count - 1, Int(Double(uniform[row]) * Double(levels.count)))
      let (a, s) = (Float(levels.signal[level]), Float(levels.noise[level]))
      chosen[row] = Int32(level)
      tape.write(1000 * Double(level) / Double(levels.count), at: row, of: times)
      for i in row * d..<(row + 1) * d {
        clean[i] = data[i] / Float(config.scale)
        tape.write(Double(a * clean[i] + s * epsilon[i]), at: i, of: x)
        tape.write(Double(goal(clean[i], epsilon[i], a, s)), at: i, of: goals)
      }
    }
    return Noised(x: x, times: times, goals: goals, data: clean, levels: chosen)
  }

  private func goal(_ x: Float, _ epsilon: Float, _ a: Float, _ s: Float) -> Float {
    switch config.prediction {
    case .epsilon: epsilon
    case .data: x
    case .velocity: a * epsilon - s * x
    }
  }

  /// KL(q(y_{l-1} | y_l, x) ‖ p(y_{l-1} | y_l)), summed over rows and coordinates, with the mean held fixed.
  ///
  /// ½ (log(d² / σ²) + (σ² + (μ - m)²) / d² - 1); for level 0 σ is the least deviation.
  private func bound(
    _ noised: Noised, _ value: Tensor, _ variance: Tensor, _ rows: Int, _ tape: Tape
  ) -> Tensor {
    let d = dimension
    let least = config.leastDeviation / config.scale
    let (excess, range) = (tape.allocate(value.shape), tape.allocate(Shape(rows, 1)))
    let shift = tape.allocate(Shape(rows, 1))
    for row in 0..<rows {
      let step = LevelStep(levels, Int(noised.levels[row]), least: least)
      tape.write(step.range, at: row, of: range)
      tape.write(2 * scalarLog(step.middle / step.small), at: row, of: shift)
      let error = step.errorOfMean(config.prediction)
      for i in row * d..<(row + 1) * d {
        let miss = error * (value[i] - noised.goals[i])
        let square = (step.small * step.small + miss * miss) / (step.middle * step.middle)
        tape.write(square, at: i, of: excess)
      }
    }
    // log d² = 2 log middle + 2 range v.
    let logarithm = tape.scale(tape.scaleRows(variance, by: range), by: 2)
    let shrunk = tape.multiply(
      excess, tape.apply(.exponential, tape.scale(logarithm, by: -1)))
    let sum = tape.add(tape.sum(logarithm), tape.sum(shrunk))
    return tape.scale(
      tape.add(sum, tape.scale(tape.affine(tape.sum(shift), shift: -Double(rows)), by: Double(d))),
      by: 0.5)
  }
}

/// The step from level l to l - 1 of what the network sees.
private struct LevelStep {
  /// Deviation of the true step, at least the least one.
  let small: Double
  /// The geometric mean of the bounds, and half the logarithm of their ratio.
  let middle, range: Double
  private let estimate, signal, noise: Double

  init(_ levels: NoiseLevels, _ level: Int, least: Double) {
    let (a, s) = (levels.signal[level], levels.noise[level])
    let (b, t) = level > 0 ? (levels.signal[level - 1], levels.noise[level - 1]) : (1, 0)
    let large = (s * s - (a / b * t) * (a / b * t)).squareRoot()
    small = max(least, large * t / s)
    middle = (small * max(least, large)).squareRoot()
    range = 0.5 * scalarLog(max(least, large) / small)
    estimate = b * large * large / (s * s)
    (signal, noise) = (a, s)
  }

  /// What an error of 1 of the network's output does to the mean.
  func errorOfMean(_ prediction: DenoisingPrediction) -> Double {
    switch prediction {
    case .epsilon: estimate * noise / signal
    case .data: estimate
    case .velocity: estimate * noise
    }
  }
}
