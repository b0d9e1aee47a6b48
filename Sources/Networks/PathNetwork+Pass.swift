import KernelTables
import Tensors

// The path network on plain memory: its trunk's pass, [drift | raw] apart and together, and the score.

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

  /// Names the rows.
  package init(
    x: UnsafeRawPointer, score: UnsafeRawPointer?, drift: UnsafeMutableRawPointer,
    raw: UnsafeMutableRawPointer?
  ) {
    self.x = x
    self.score = score
    self.drift = drift
    self.raw = raw
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
      to: io.raw == nil ? io.drift : scratch, pass)
    if let raw = io.raw { split(scratch, drift: io.drift, raw: raw, rows, pass) }
    guard let scale = times.scale, let score = io.score else { return }
    pass.kernels.addScaledRows(
      io.drift, scale: scale + step * scaleColumns * pass.type.byteCount,
      scaleColumns: scaleColumns, score, to: io.drift, groups: 1, rows: rows, columns: dimension)
  }

  /// [drift | raw] as two matrices.
  private func split(
    _ output: UnsafeRawPointer, drift: UnsafeMutableRawPointer, raw: UnsafeMutableRawPointer,
    _ rows: Int, _ pass: PassParameters
  ) {
    let (d, bytes) = (dimension, dimension * pass.type.byteCount)
    pass.kernels.copyColumns(output, stride: 2 * d, to: drift, stride: d, rows: rows, columns: d)
    pass.kernels.copyColumns(
      output + bytes, stride: 2 * d, to: raw, stride: d, rows: rows, columns: d)
  }

  /// Sends the gradient of drift and raw variance through the layers.
  /// - Parameters:
  ///   - gradient: By drift and raw variance, [pairs, dimension] each; x and score are not read.
  ///   - pairs: Pairs of step and row, adjacent.
  ///   - kept: Activations of the forward pass, from `keptPair` on.
  ///   - adjoints: Receives the gradients by the layers' inputs, from `pair` on.
  ///   - states: Receives ∂ loss / ∂ x, [pairs, dimension], where it is wanted.
  package func pullBack(
    _ gradient: NetworkRows, pairs: Int, _ kept: Activations, from keptPair: Int,
    _ adjoints: LayerAdjoints, at pair: Int, states: UnsafeMutableRawPointer? = nil,
    _ pass: PassParameters
  ) {
    join(gradient, to: adjoints.output(from: pair), pairs, pass)
    trunk.pullBack(pairs: pairs, kept, from: keptPair, adjoints, at: pair, states: states, pass)
  }

  /// [drift | raw] as one matrix.
  private func join(
    _ gradient: NetworkRows, to output: UnsafeMutableRawPointer, _ pairs: Int,
    _ pass: PassParameters
  ) {
    let (d, columns) = (dimension, outputColumns)
    pass.kernels.copyColumns(
      gradient.drift, stride: d, to: output, stride: columns, rows: pairs, columns: d)
    guard let raw = gradient.raw else { return }
    pass.kernels.copyColumns(
      raw, stride: d, to: output + d * pass.type.byteCount, stride: columns, rows: pairs,
      columns: d)
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
