import Kernels
import Tensors
import Testing

/// A tensor given by its shape and elements.
package struct Input {
  package let shape: Shape
  package var values: [Double]

  /// A tensor of numbers that do not repeat.
  package init(_ shape: Shape, seed: UInt64, scale: Double = 1, shift: Double = 0) {
    self.shape = shape
    values = spread(shape.count, seed: seed, scale: scale).map { Double($0) + shift }
  }

  /// The same tensor moved along a direction.
  func moved(_ h: Double, along direction: [Double]) -> Input {
    var moved = self
    for i in direction.indices { moved.values[i] += h * direction[i] }
    return moved
  }
}

/// From a tape and one tensor for each input to the output.
package typealias TapeFunction = (Tape, [Tensor]) -> Tensor

/// Requires reverse mode, forward mode and reverse over forward mode to agree with central
/// differences, all in 64-bit floats.
///
/// The scalar that is differentiated is the product of the output with fixed random numbers. Each
/// input is moved along single elements and along two directions that mix all of them.
/// - Parameters:
///   - operation: From a tape and one variable for each input to the output.
///   - order: 2 checks second derivatives, too.
///   - step: How far differences reach.
package func expectGradient(
  of operation: TapeFunction, at inputs: [Input], order: Int = 2, step: Double = 1e-3,
  within tolerance: Tolerance = .scaled(1e-6), sourceLocation: SourceLocation = #_sourceLocation
) {
  let weights = spread(value(operation, inputs).count, seed: 9).map { Double($0) }
  let gradients = gradients(of: operation, at: inputs, weights)
  func scalar(_ moved: [Input]) -> Double { dot(value(operation, moved), weights) }
  for (index, input) in inputs.enumerated() {
    for direction in directions(input.values.count, seed: UInt64(index)) {
      let difference = centralDifference(step: step) { h in
        scalar(moving(inputs, index, h, direction))
      }
      let note = "input \(index), \(input.shape)"
      expect(
        dot(direction, gradients[index]), equals: difference, within: tolerance, note,
        sourceLocation: sourceLocation)
      let (tangent, second) = forward(operation, inputs, index, direction, weights)
      expect(
        dot(tangent, weights), equals: difference, within: tolerance, "forward, " + note,
        sourceLocation: sourceLocation)
      if order > 1, direction.count(where: { $0 != 0 }) != 1 || direction.count == 1 {
        expectSecond(second, operation, inputs, index, direction, weights, step, sourceLocation)
      }
    }
  }
}

/// Requires the gradient of a directional derivative to be the difference of gradients.
private func expectSecond(
  _ second: [[Double]], _ operation: TapeFunction, _ inputs: [Input], _ index: Int,
  _ direction: [Double], _ weights: [Double], _ step: Double, _ sourceLocation: SourceLocation
) {
  for other in inputs.indices {
    for probe in directions(inputs[other].values.count, seed: 50 + UInt64(other)).suffix(1) {
      let difference = centralDifference(step: step) { h in
        dot(
          gradients(of: operation, at: moving(inputs, index, h, direction), weights)[other], probe)
      }
      expect(
        dot(second[other], probe), equals: difference, within: .scaled(1e-5),
        "second derivative by inputs \(index) and \(other)", sourceLocation: sourceLocation)
    }
  }
}

/// The derivative at 0 by differences at two distances, the leading error removed.
package func centralDifference(step: Double = 1e-3, _ f: (Double) -> Double) -> Double {
  func slope(_ h: Double) -> Double { (f(h) - f(-h)) / (2 * h) }
  return (4 * slope(step / 2) - slope(step)) / 3
}

/// Single elements, at most eight of them, and two mixtures of unit length.
package func directions(_ count: Int, seed: UInt64) -> [[Double]] {
  guard count > 0 else { return [] }
  let picked = count <= 8 ? Array(0..<count) : (0..<8).map { $0 * (count - 1) / 7 }
  let single = picked.map { pick in (0..<count).map { $0 == pick ? 1.0 : 0 } }
  let mixed = (0..<2).map { index -> [Double] in
    let x = spread(count, seed: 100 + 2 * seed + UInt64(index)).map { Double($0) }
    let length = dot(x, x).squareRoot()
    return x.map { $0 / length }
  }
  return single + mixed
}

private func moving(
  _ inputs: [Input], _ index: Int, _ h: Double, _ direction: [Double]
) -> [Input] {
  var moved = inputs
  moved[index] = inputs[index].moved(h, along: direction)
  return moved
}

private func dot(_ x: [Double], _ y: [Double]) -> Double {
  zip(x, y).reduce(0) { $0 + $1.0 * $1.1 }
}

private func value(_ operation: TapeFunction, _ inputs: [Input]) -> [Double] {
  let tape = Tape(.float64)
  return operation(tape, inputs.map { tape.copy($0.values, $0.shape) }).values
}

/// The gradients of the weighted output by all inputs.
private func gradients(
  of operation: TapeFunction, at inputs: [Input], _ weights: [Double]
) -> [[Double]] {
  let tape = Tape(.float64)
  let variables = inputs.map { tape.variable(tape.copy($0.values, $0.shape)) }
  let output = operation(tape, variables)
  tape.backward(from: output, seed: tape.copy(weights, output.shape).data)
  return variables.map { tape.gradientValues(of: $0) }
}

/// The output's tangent as one input moves, and the gradients of its weighted sum by all inputs.
private func forward(
  _ operation: TapeFunction, _ inputs: [Input], _ index: Int, _ direction: [Double],
  _ weights: [Double]
) -> (tangent: [Double], second: [[Double]]) {
  let tape = Tape(.float64)
  let variables = inputs.map { tape.variable(tape.copy($0.values, $0.shape)) }
  var moving = variables
  moving[index] = tape.moving(
    variables[index], along: tape.copy(direction, variables[index].shape))
  guard let tangent = tape.tangent(of: operation(tape, moving)) else {
    return (weights.map { _ in 0 }, variables.map { $0.values.map { _ in 0 } })
  }
  tape.backward(from: tangent, seed: tape.copy(weights, tangent.shape).data)
  return (tangent.values, variables.map { tape.gradientValues(of: $0) })
}

extension Tape {
  /// The gradient of a variable as doubles.
  package func gradientValues(of x: Tensor) -> [Double] {
    constant(at: gradient(of: x), x.shape).values
  }

  /// A constant tensor with these elements, converted to the tape's type.
  ///
  /// Not named `constant`: an array would silently become a pointer to one that is soon freed.
  package func copy(_ values: [Double], _ shape: Shape) -> Tensor {
    let tensor = allocate(shape)
    for (index, value) in values.enumerated() { write(value, at: index, of: tensor) }
    return tensor
  }

  /// The transpose of a matrix, as a constant.
  package func transposed(_ matrix: Tensor) -> Tensor {
    let (rows, columns, values) = (matrix.shape[0], matrix.shape[1], matrix.values)
    return copy(
      (0..<rows * columns).map { values[$0 % rows * columns + $0 / rows] }, Shape(columns, rows))
  }
}
