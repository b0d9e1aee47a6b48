import KernelTables
import Tensors

// The path network backwards on plain memory, in two parts: adjoints through the layers, step by step
// where each step needs the one after it; then weight gradients of many steps in one product.

extension PathNetwork {
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
    let output = adjoints.output(from: pair)
    join(gradient, to: output, pairs, pass)
    var (dy, layer) = (output, last)
    for index in (0..<hiddenLayers).reversed() {
      let dz = adjoints.hidden(index, from: pair)
      layer.pullBack(dy, rows: pairs, to: dz, pass)
      pass.kernels.multiply(
        dz, kept.slopes(index, from: keptPair), to: dz, count: pairs * width, accumulating: false)
      dy = dz
      if index > 0 { layer = hidden[index - 1] }
    }
    if let states { state.pullBack(dy, rows: pairs, to: states, pass) }
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
    _ adjoints: LayerAdjoints, _ times: TimeGradients, _ pass: PassParameters
  ) {
    let pairs = steps.count * rows
    var dy = UnsafeRawPointer(adjoints.output(from: 0))
    var layer = last
    for index in (0..<hiddenLayers).reversed() {
      layer.accumulateWeight(kept.values(index, from: keptPair), dy, rows: pairs, pass)
      layer.accumulateBias(dy, rows: pairs, pass)
      dy = UnsafeRawPointer(adjoints.hidden(index, from: 0))
      if index > 0 { layer = hidden[index - 1] }
    }
    state.accumulateWeight(io.x, dy, rows: pairs, pass)
    let bytes = pass.type.byteCount
    pass.kernels.accumulateRows(
      dy, into: times.starts + steps.lowerBound * width * bytes, groups: steps.count, rows: rows,
      columns: width)
    guard usesScore, let score = io.score else { return }
    pass.kernels.accumulateRowProducts(
      io.drift, score, into: times.scale + steps.lowerBound * scaleColumns * bytes,
      scaleColumns: scaleColumns, groups: steps.count, rows: rows, columns: dimension)
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
}
