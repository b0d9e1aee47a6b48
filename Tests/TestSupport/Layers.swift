import Networks
import Tensors
import Testing

/// What a layer computes from its inputs, on whatever tape and parameters the context holds.
package typealias LayerFunction = (Context, [Tensor]) -> Tensor

/// The sizes at which layers are checked: nothing, one, and around what vectors hold.
package let layerSizes = [0, 1, 3, 5, 17]

/// Requires a layer's gradient by every parameter and every input to agree with central differences,
/// and its tangents by the inputs, too; all in 64-bit floats.
///
/// The scalar that is differentiated is the product of the output with fixed random numbers. Every
/// parameter is random here, whatever its initialiser says: a layer that begins at zero would hide
/// the errors of those before it.
/// - Parameters:
///   - inputs: The layer's inputs.
///   - parameterScale: Parameters are uniform on ± this.
///   - step: How far differences reach: a little where the derivative jumps.
///   - declare: Declares the parameters and returns what computes.
package func expectLayerGradient(
  at inputs: [Input], parameterScale: Double = 0.7, step: Double = 1e-3,
  within tolerance: Tolerance = .scaled(1e-6), sourceLocation: SourceLocation = #_sourceLocation,
  declaring declare: (ParameterSet) -> LayerFunction
) {
  let check = LayerCheck(inputs, scale: parameterScale, declare)
  for entry in check.set.entries {
    let first = entry.parameter.offset
    check.expectSlopes(
      count: entry.parameter.shape.count, step, tolerance, entry.name, sourceLocation,
      slope: { check.parameterGradient[first + $0] },
      moving: { h, direction in
        var values = check.values
        for i in direction.indices { values[first + i] += h * direction[i] }
        return check.scalar(values, check.inputs)
      })
  }
  for index in inputs.indices {
    let note = "input \(index), \(inputs[index].shape)"
    check.expectSlopes(
      count: inputs[index].values.count, step, tolerance, note, sourceLocation,
      slope: { check.inputGradients[index][$0] }, tangent: { check.tangent(of: index, along: $0) },
      moving: { h, direction in
        var moved = check.inputs
        moved[index] = moved[index].moved(h, along: direction)
        return check.scalar(check.values, moved)
      })
  }
}

/// The values a layer gives for parameters of its initialisers, on 32-bit floats.
package func layerValues(
  of set: ParameterSet, at inputs: [Input], seed: UInt64 = 1, _ layer: LayerFunction
) -> [Double] {
  set.initialize(seed: seed)
  let tape = Tape(.float32)
  let context = Context(tape: tape, parameters: ParameterBinding(set, gradients: nil))
  return layer(context, inputs.map { tape.copy($0.values, $0.shape) }).values
}

/// Transposes of the last two axes of every parameter, at the offsets of their values.
package func transposes(of values: [Double], in set: ParameterSet) -> [Double] {
  var result = values
  for entry in set.entries where entry.parameter.shape.rank >= 2 {
    let (shape, offset) = (entry.parameter.shape, entry.parameter.offset)
    let (rows, columns) = (shape[-2], shape[-1])
    for i in 0..<shape.count {
      let (matrix, place) = (i / (rows * columns), i % (rows * columns))
      let transposed = place % columns * rows + place / columns
      result[offset + matrix * rows * columns + transposed] = values[offset + i]
    }
  }
  return result
}

/// A layer with fixed parameters and inputs, and the gradients of its weighted output.
private struct LayerCheck {
  let set = ParameterSet()
  let layer: LayerFunction
  let inputs: [Input]
  let values: [Double]
  let weights: [Double]
  private(set) var parameterGradient: [Double] = []
  private(set) var inputGradients: [[Double]] = []

  init(_ inputs: [Input], scale: Double, _ declare: (ParameterSet) -> LayerFunction) {
    self.inputs = inputs
    layer = declare(set)
    values = spread(set.count, seed: 5, scale: scale).map { Double($0) }
    let tape = Tape(.float64)
    let gradient = tape.copy(values.map { _ in 0 }, Shape(values.count))
    let variables = inputs.map { tape.variable(tape.copy($0.values, $0.shape)) }
    let binding = Self.bind(values, in: set, on: tape, gradient: gradient)
    let output = layer(Context(tape: tape, parameters: binding), variables)
    weights = spread(output.count, seed: 9).map { Double($0) }
    tape.backward(from: output, seed: tape.copy(weights, output.shape).data)
    parameterGradient = gradient.values
    inputGradients = variables.map { tape.gradientValues(of: $0) }
  }

  private static func bind(
    _ values: [Double], in set: ParameterSet, on tape: Tape, gradient: Tensor?
  ) -> ParameterBinding {
    let shape = Shape(values.count)
    return ParameterBinding(
      values: tape.copy(values, shape).data,
      transposes: tape.copy(transposes(of: values, in: set), shape).data,
      gradients: gradient?.data)
  }

  /// The weighted output for other parameters and inputs.
  func scalar(_ values: [Double], _ inputs: [Input]) -> Double {
    let tape = Tape(.float64)
    let context = Context(
      tape: tape, parameters: Self.bind(values, in: set, on: tape, gradient: nil))
    return weighted(layer(context, inputs.map { tape.copy($0.values, $0.shape) }))
  }

  /// The tangent of the weighted output as one input moves.
  func tangent(of index: Int, along direction: [Double]) -> Double {
    let tape = Tape(.float64)
    let context = Context(
      tape: tape, parameters: Self.bind(values, in: set, on: tape, gradient: nil))
    var tensors = inputs.map { tape.copy($0.values, $0.shape) }
    tensors[index] = tape.moving(
      tensors[index], along: tape.copy(direction, tensors[index].shape))
    return tape.tangent(of: layer(context, tensors)).map(weighted) ?? 0
  }

  private func weighted(_ output: Tensor) -> Double {
    zip(output.values, weights).reduce(0) { $0 + $1.0 * $1.1 }
  }

  /// Compares slopes with differences along single elements and mixtures.
  func expectSlopes(
    count: Int, _ step: Double, _ tolerance: Tolerance, _ note: String,
    _ sourceLocation: SourceLocation, slope: (Int) -> Double,
    tangent: (([Double]) -> Double)? = nil,
    moving: (_ h: Double, _ direction: [Double]) -> Double
  ) {
    for direction in directions(count, seed: 1) {
      let difference = centralDifference(step: step) { moving($0, direction) }
      let total = direction.indices.reduce(0) { $0 + direction[$1] * slope($1) }
      expect(
        total, equals: difference, within: tolerance, note, sourceLocation: sourceLocation)
      guard let tangent else { continue }
      expect(
        tangent(direction), equals: difference, within: tolerance, "forward, " + note,
        sourceLocation: sourceLocation)
    }
  }
}
