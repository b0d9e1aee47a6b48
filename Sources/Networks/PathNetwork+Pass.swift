import KernelTables
import Tensors

// The path network on plain memory, forwards for one step and backwards for a run of them.
//
// The tape's version in PathNetwork.swift is the definition. This one knows what a tape cannot: that
// all rows of a step share the encoding of its time, which therefore joins the bias of the first
// layer; that the activations of adjacent steps can lie side by side, so that weight gradients are
// long products; and which memory is needed, so that none is allocated.
//
//     z_0 = x W + (b + e(t)),  h_l = GELU(z_l),  z_{l+1} = h_l W_l + b_l,  [drift | raw] = h_L W + b

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
  /// Number of hidden layers, the first included.
  package var hiddenLayers: Int { hidden.count + 1 }

  /// Columns of the last layer.
  package var outputColumns: Int { learnsVariance ? 2 * dimension : dimension }

  /// The bias of the first layer, which joins the time table.
  package var firstBias: Parameter { state.certainBias }

  /// Writes drift and raw variance of one step and keeps its activations from `pair` on.
  /// - Parameter scratch: [rows, outputColumns].
  package func forward(
    _ io: NetworkRows, step: Int, rows: Int, _ times: TimeTables, _ kept: Activations,
    at pair: Int, scratch: UnsafeMutableRawPointer, _ pass: PassParameters
  ) {
    let start = times.starts + step * width * pass.type.byteCount
    var h = kept.values(0, from: pair)
    state.multiply(io.x, rows: rows, start: start, to: h, pass)
    activate(h, kept, 0, pair, rows, pass)
    for (index, layer) in hidden.enumerated() {
      let z = kept.values(index + 1, from: pair)
      layer.multiply(h, rows: rows, to: z, pass)
      activate(z, kept, index + 1, pair, rows, pass)
      h = z
    }
    writeOutput(h, io, rows, scratch, pass)
    guard let scale = times.scale, let score = io.score else { return }
    pass.kernels.addScaledRows(
      io.drift, scale: scale + step * scaleColumns * pass.type.byteCount,
      scaleColumns: scaleColumns, score, to: io.drift, groups: 1, rows: rows, columns: dimension)
  }

  /// z becomes h in place, beside its slope.
  private func activate(
    _ z: UnsafeMutableRawPointer, _ kept: Activations, _ layer: Int, _ pair: Int, _ rows: Int,
    _ pass: PassParameters
  ) {
    let count = rows * width
    if kept.keepsSlopes {
      pass.kernels.mapWithDerivative(
        .gelu, z, to: z, derivative: kept.slopes(layer, from: pair), count: count)
    } else {
      pass.kernels.map(.gelu, z, to: z, count: count)
    }
  }

  private func writeOutput(
    _ h: UnsafeRawPointer, _ io: NetworkRows, _ rows: Int, _ scratch: UnsafeMutableRawPointer,
    _ pass: PassParameters
  ) {
    guard let raw = io.raw else { return last.multiply(h, rows: rows, to: io.drift, pass) }
    last.multiply(h, rows: rows, to: scratch, pass)
    let (d, bytes) = (dimension, dimension * pass.type.byteCount)
    pass.kernels.copyColumns(
      scratch, stride: 2 * d, to: io.drift, stride: d, rows: rows, columns: d)
    pass.kernels.copyColumns(
      scratch + bytes, stride: 2 * d, to: raw, stride: d, rows: rows, columns: d)
  }
}
