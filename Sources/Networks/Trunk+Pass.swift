import KernelTables
import Tensors

// A trunk on plain memory, forwards, and backwards in two parts: adjoints through the layers, step by
// step where each step needs the one after it; then weight gradients of many steps in one product.
//
// The tape's version in Trunk.swift is the definition. This one knows what a tape cannot: that all rows
// of a step share the encoding of its time, which therefore joins the bias of the first layer; that
// the activations of adjacent steps can lie side by side, so that weight gradients are long
// products; and which memory is needed, so that none is allocated.
//
//     z_0 = x W + (b + e(t)),  h_l = GELU(z_l),  z_{l+1} = h_l W_l + b_l,  y = h_L W + b

extension Trunk {
  /// The bias of the first layer, which joins the time table.
  var firstBias: Parameter { state.certainBias }

  /// Writes y of a run of steps and keeps their activations from `pair` on.
  /// - Parameters:
  ///   - x: States, [steps × rows, inputs].
  ///   - starts: b + e(t) of all steps, [T, width].
  ///   - offsets: What is added to each row of a step, [rows, width], where there are conditions.
  ///   - output: Receives y, [steps × rows, outputs].
  package func forward(
    _ x: UnsafeRawPointer, steps: Range<Int>, rows: Int, starts: UnsafeRawPointer,
    offsets: UnsafeRawPointer? = nil, _ kept: Activations, at pair: Int,
    to output: UnsafeMutableRawPointer, _ pass: PassParameters
  ) {
    let (bytes, pairs) = (pass.type.byteCount, steps.count * rows)
    var h = kept.values(0, from: pair)
    for (index, step) in steps.enumerated() {
      state.multiply(
        x + index * rows * inputs * bytes, rows: rows, start: starts + step * width * bytes,
        to: h + index * rows * width * bytes, pass)
      if let offsets {
        pass.kernels.accumulate(
          offsets, into: h + index * rows * width * bytes, count: rows * width)
      }
    }
    activate(h, kept, 0, pair, pairs, pass)
    for (index, layer) in hidden.enumerated() {
      let z = kept.values(index + 1, from: pair)
      layer.multiply(h, rows: pairs, to: z, pass)
      activate(z, kept, index + 1, pair, pairs, pass)
      h = z
    }
    last.multiply(h, rows: pairs, to: output, pass)
  }

  /// z becomes h in place, beside its slope.
  private func activate(
    _ z: UnsafeMutableRawPointer, _ kept: Activations, _ layer: Int, _ pair: Int, _ pairs: Int,
    _ pass: PassParameters
  ) {
    let count = pairs * width
    if kept.keepsSlopes {
      pass.kernels.mapWithDerivative(
        .gelu, z, to: z, derivative: kept.slopes(layer, from: pair), count: count)
    } else {
      pass.kernels.map(.gelu, z, to: z, count: count)
    }
  }

  /// Sends the gradient by y, which `adjoints` holds from `pair` on, through the layers.
  /// - Parameters:
  ///   - pairs: Pairs of step and row, adjacent.
  ///   - kept: Activations of the forward pass, from `keptPair` on.
  ///   - adjoints: Receives the gradients by the layers' inputs, from `pair` on.
  ///   - states: Receives ∂ loss / ∂ x, [pairs, inputs], where it is wanted.
  package func pullBack(
    pairs: Int, _ kept: Activations, from keptPair: Int, _ adjoints: LayerAdjoints, at pair: Int,
    states: UnsafeMutableRawPointer? = nil, _ pass: PassParameters
  ) {
    var (dy, layer) = (adjoints.output(from: pair), last)
    for index in (0..<hiddenLayers).reversed() {
      let dz = adjoints.hidden(index, from: pair)
      layer.pullBack(dy, rows: pairs, slopes: kept.slopes(index, from: keptPair), to: dz, pass)
      dy = dz
      if index > 0 { layer = hidden[index - 1] }
    }
    if let states { state.pullBack(dy, rows: pairs, to: states, pass) }
  }

  /// Adds the gradients by all weights, biases and the time table for a run of steps.
  /// - Parameters:
  ///   - x: States, [steps × rows, inputs].
  ///   - kept: Activations of the forward pass, from `keptPair` on.
  ///   - adjoints: What `pullBack` wrote, from its beginning.
  ///   - starts: The gradient by b + e(t) of all steps, [T, width].
  ///   - offsets: The gradient by what was added to each row, [rows, width], where there is any.
  package func accumulateGradients(
    _ x: UnsafeRawPointer, steps: Range<Int>, rows: Int, _ kept: Activations, from keptPair: Int,
    _ adjoints: LayerAdjoints, starts: UnsafeMutableRawPointer,
    offsets: UnsafeMutableRawPointer? = nil, _ pass: PassParameters
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
    state.accumulateWeight(x, dy, rows: pairs, pass)
    pass.kernels.accumulateRows(
      dy, into: starts + steps.lowerBound * width * pass.type.byteCount, groups: steps.count,
      rows: rows, columns: width)
    guard let offsets else { return }
    for step in 0..<steps.count {
      pass.kernels.accumulate(
        dy + step * rows * width * pass.type.byteCount, into: offsets, count: rows * width)
    }
  }
}
