import Tensors

/// The layers that a path network and a state flow consist of: state and time encodings, then layers.
///
///     h = GELU(s(x) + e(t)),  h = GELU(Linear h) `layers` times,  y = Linear h
///
/// s is linear, e a small network of the time encoding. Encodings of time depend on the step only, so they
/// are computed once for all rows. This version, on a tape, is the definition; the fast one is in
/// Trunk+Pass.swift.
package struct Trunk: Sendable {
  /// Columns of every hidden layer.
  package let width: Int
  let inputs: Int
  let outputs: Int
  let state: Linear
  let time: TimeNetwork
  let hidden: [Linear]
  let last: Linear

  /// Declares all parameters.
  /// - Parameters:
  ///   - sizes: Width and number of hidden layers.
  ///   - start: How the last layer begins.
  ///   - prefix: What all names begin with.
  init(
    _ sizes: PathNetworkConfig, inputs: Int, outputs: Int, start: Linear.Start = .uniform,
    prefix: String = "", group: ParameterGroup = .network, in set: ParameterSet
  ) {
    let width = sizes.width
    func layer(
      _ name: String, _ inputs: Int, _ outputs: Int, _ start: Linear.Start = .uniform
    ) -> Linear {
      Linear(prefix + name, inputs: inputs, outputs: outputs, start: start, group: group, in: set)
    }
    (self.width, self.inputs, self.outputs) = (width, inputs, outputs)
    state = layer("state", inputs, width)
    time = TimeNetwork(
      prefix + "time", width: width, hidden: 1, outputs: width, start: .uniform, group: group,
      in: set)
    hidden = (0..<sizes.layers).map { layer("hidden.\($0)", width, width) }
    last = layer("output", width, outputs, start)
  }

  /// Number of hidden layers, the first included.
  package var hiddenLayers: Int { hidden.count + 1 }

  /// y at states x, [steps × rows, inputs], for encoded times, [steps, width].
  /// - Parameter offsets: What is added to the first layer, [steps × rows, width].
  /// - Returns: [steps × rows, outputs].
  func callAsFunction(
    _ x: Tensor, at encoding: Tensor, offsets: Tensor? = nil, _ context: Context
  ) -> Tensor {
    let tape = context.tape
    var z = tape.addRows(state(x, context), encoding)
    if let offsets { z = tape.add(z, offsets) }
    var h = tape.gelu(z)
    for layer in hidden { h = tape.gelu(layer(h, context)) }
    return last(h, context)
  }
}
