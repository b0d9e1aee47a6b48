import KernelTables
import Tensors

// The path network on plain memory: its trunk's pass, [drift | raw | g] apart and together, the gate and the
// score.

/// The time tables that a pass reads: functions of the step only.
package struct TimeTables {
  /// b + e(t): what each step's first layer starts from, [T, width].
  package let starts: UnsafeRawPointer
  /// λ(t), [T, scaleColumns]; nil without Langevin parametrisation.
  package let scale: UnsafeRawPointer?

  /// Names the tables.
  package init(starts: UnsafeRawPointer, scale: UnsafeRawPointer?) {
    self.starts = starts
    self.scale = scale
  }
}

/// The gradients of the time tables, beside those of the parameters.
package struct TimeGradients {
  /// By b + e(t), [T, width].
  package let starts: UnsafeMutableRawPointer
  /// By λ(t), [T, scaleColumns].
  package let scale: UnsafeMutableRawPointer

  /// Names the gradients.
  package init(starts: UnsafeMutableRawPointer, scale: UnsafeMutableRawPointer) {
    self.starts = starts
    self.scale = scale
  }
}

/// States and outputs of a run of steps, [pairs, dimension] each.
package struct NetworkRows {
  /// States.
  package let x: UnsafeRawPointer
  /// Clipped scores; nil without Langevin parametrisation.
  package let score: UnsafeRawPointer?
  /// The drift, or its gradient.
  package let drift: UnsafeMutableRawPointer
  /// Input of the learned variance, or its gradient; nil for a fixed variance.
  package let raw: UnsafeMutableRawPointer?
  /// g, or its gradient; nil without a gate.
  package let gate: UnsafeMutableRawPointer?

  /// Names the rows.
  package init(
    x: UnsafeRawPointer, score: UnsafeRawPointer?, drift: UnsafeMutableRawPointer,
    raw: UnsafeMutableRawPointer?, gate: UnsafeMutableRawPointer? = nil
  ) {
    self.x = x
    self.score = score
    self.drift = drift
    self.raw = raw
    self.gate = gate
  }
}

extension PathNetwork {
  /// Columns of the last layer.
  package var outputColumns: Int { trunk.outputs }

  /// The bias of the first layer, which joins the time table.
  package var firstBias: Parameter { trunk.firstBias }

  /// Writes drift and raw variance of one step and keeps its activations from `pair` on.
  /// - Parameters:
  ///   - offsets: What conditions add to the first layer, [rows, width].
  ///   - scratch: [rows, outputColumns].
  package func forward(
    _ io: NetworkRows, step: Int, rows: Int, _ times: TimeTables,
    offsets: UnsafeRawPointer? = nil, _ kept: Activations, at pair: Int,
    scratch: UnsafeMutableRawPointer, _ pass: PassParameters
  ) {
    trunk.forward(
      io.x, steps: step..<step + 1, rows: rows, starts: times.starts, offsets: offsets,
      kept, at: pair,
      to: outputColumns == dimension ? io.drift : scratch, pass)
    if outputColumns > dimension { split(scratch, to: io, rows, pass) }
    if let gate, let g = io.gate {
      gate.add(
        to: io.drift, io.x, g, count: rows * dimension, scratch: scratch, pass.kernels)
    }
    guard let scale = times.scale, let score = io.score else { return }
    pass.kernels.addScaledRows(
      io.drift, scale: scale + step * scaleColumns * pass.type.byteCount,
      scaleColumns: scaleColumns, score, to: io.drift, groups: 1, rows: rows, columns: dimension)
  }

  /// [drift | raw | g] as matrices of their own.
  private func split(
    _ output: UnsafeRawPointer, to io: NetworkRows, _ rows: Int, _ pass: PassParameters
  ) {
    let (d, columns) = (dimension, outputColumns)
    func copy(from column: Int, to part: UnsafeMutableRawPointer) {
      pass.kernels.copyColumns(
        output + column * pass.type.byteCount, stride: columns, to: part, stride: d, rows: rows,
        columns: d)
    }
    copy(from: 0, to: io.drift)
    if let raw = io.raw { copy(from: d, to: raw) }
    if let g = io.gate { copy(from: columns - d, to: g) }
  }

  /// Sends the gradient of drift and raw variance through the layers.
  /// - Parameters:
  ///   - gradient: By drift and raw variance, [pairs, dimension] each, beside the states; the score is not read.
  ///     Where there is a gate, its memory is written.
  ///   - pairs: Pairs of step and row, adjacent.
  ///   - kept: Activations of the forward pass, from `keptPair` on.
  ///   - adjoints: Receives the gradients by the layers' inputs, from `pair` on.
  ///   - states: Receives ∂ loss / ∂ x, [pairs, dimension], where it is wanted.
  ///   - said: g of the forward pass, [pairs, dimension], where there is a gate.
  package func pullBack(
    _ gradient: NetworkRows, pairs: Int, _ kept: Activations, from keptPair: Int,
    _ adjoints: LayerAdjoints, at pair: Int, states: UnsafeMutableRawPointer? = nil,
    said: UnsafeRawPointer? = nil, _ pass: PassParameters
  ) {
    pullBackGate(gradient, times: gradient.x, pairs, said, to: gradient.gate, pass)
    join(gradient, to: adjoints.output(from: pair), pairs, pass)
    trunk.pullBack(pairs: pairs, kept, from: keptPair, adjoints, at: pair, states: states, pass)
    guard let states, let said else { return }
    pullBackGate(gradient, times: said, pairs, said, to: states, isAdded: true, pass)
  }

  /// The gate's part of ∂ loss / ∂ g, for factor x, or of ∂ loss / ∂ x, for factor g.
  private func pullBackGate(
    _ gradient: NetworkRows, times factor: UnsafeRawPointer, _ pairs: Int,
    _ said: UnsafeRawPointer?, to out: UnsafeMutableRawPointer?, isAdded: Bool = false,
    _ pass: PassParameters
  ) {
    guard let gate, let said, let product = gradient.gate, let out else { return }
    let count = pairs * dimension
    gate.pullBack(gradient.drift, gradient.x, said, to: product, count: count, pass.kernels)
    pass.kernels.multiply(product, factor, to: out, count: count, accumulating: isAdded)
  }

  /// The gradient of [drift | raw | g] as one matrix.
  private func join(
    _ gradient: NetworkRows, to output: UnsafeMutableRawPointer, _ pairs: Int,
    _ pass: PassParameters
  ) {
    let (d, columns) = (dimension, outputColumns)
    func copy(_ part: UnsafeRawPointer, to column: Int) {
      pass.kernels.copyColumns(
        part, stride: d, to: output + column * pass.type.byteCount, stride: columns, rows: pairs,
        columns: d)
    }
    copy(gradient.drift, to: 0)
    if let raw = gradient.raw { copy(raw, to: d) }
    if let g = gradient.gate { copy(g, to: columns - d) }
  }

  /// Adds the gradients by all weights, biases and time tables for a run of steps.
  /// - Parameters:
  ///   - io: States and scores of the steps, and the gradients by the drift that were pulled back.
  ///   - steps: The steps.
  ///   - rows: Rows of each step.
  ///   - kept: Activations of the forward pass, from `keptPair` on.
  ///   - adjoints: What `pullBack` wrote, from its beginning.
  package func accumulateGradients(
    _ io: NetworkRows, steps: Range<Int>, rows: Int, _ kept: Activations, from keptPair: Int,
    _ adjoints: LayerAdjoints, _ times: TimeGradients, offsets: UnsafeMutableRawPointer? = nil,
    _ pass: PassParameters
  ) {
    trunk.accumulateGradients(
      io.x, steps: steps, rows: rows, kept, from: keptPair, adjoints, starts: times.starts,
      offsets: offsets, pass)
    guard usesScore, let score = io.score else { return }
    pass.kernels.accumulateRowProducts(
      io.drift, score,
      into: times.scale + steps.lowerBound * scaleColumns * pass.type.byteCount,
      scaleColumns: scaleColumns, groups: steps.count, rows: rows, columns: dimension)
  }
}
