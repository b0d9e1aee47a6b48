import Kernels
import Tensors
import Testing

/// A tensor given by its shape and elements.
package struct Input {
  package let shape: Shape
  package var values: [Double]

  /// A tensor of numbers that do not repeat.
  package init(_ shape: Shape, seed: UInt64, scale: Double = 1) {
    self.shape = shape
    values = spread(shape.count, seed: seed, scale: scale).map { Double($0) }
  }
}

/// Requires reverse mode to agree with central differences, all in 64-bit floats.
///
/// The scalar that is differentiated is the product of the output with fixed random numbers. Each
/// input is moved along single elements and along two directions that mix all of them.
/// - Parameter operation: From a tape and one variable for each input to the output.
package func expectGradient(
  of operation: (Tape, [Tensor]) -> Tensor, at inputs: [Input],
  within tolerance: Tolerance = .scaled(1e-6), sourceLocation: SourceLocation = #_sourceLocation
) {
  let (gradients, weights) = reverse(operation, inputs)
  func scalar(_ moved: [Input]) -> Double { projection(operation, moved, weights) }
  for (index, input) in inputs.enumerated() {
    for direction in directions(input.values.count, seed: UInt64(index)) {
      let slope = zip(direction, gradients[index]).reduce(0) { $0 + $1.0 * $1.1 }
      let difference = centralDifference { h in
        var moved = inputs
        for i in direction.indices { moved[index].values[i] += h * direction[i] }
        return scalar(moved)
      }
      expect(
        slope, equals: difference, within: tolerance, "input \(index), \(input.shape)",
        sourceLocation: sourceLocation)
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
    let length = x.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return x.map { $0 / length }
  }
  return single + mixed
}

private func reverse(
  _ operation: (Tape, [Tensor]) -> Tensor, _ inputs: [Input]
) -> (gradients: [[Double]], weights: [Double]) {
  let tape = Tape(.float64)
  let slopes = inputs.map { tape.copy([Double](repeating: 0, count: $0.values.count), $0.shape) }
  let variables = zip(inputs, slopes).map { input, slope in
    tape.variable(tape.copy(input.values, input.shape).data, input.shape, gradient: slope.data)
  }
  let output = operation(tape, variables)
  let weights = spread(output.count, seed: 9).map { Double($0) }
  tape.backward(from: output, seed: tape.copy(weights, output.shape).data)
  return (slopes.map(\.values), weights)
}

private func projection(
  _ operation: (Tape, [Tensor]) -> Tensor, _ inputs: [Input], _ weights: [Double]
) -> Double {
  let tape = Tape(.float64)
  let output = operation(tape, inputs.map { tape.copy($0.values, $0.shape) })
  return zip(output.values, weights).reduce(0) { $0 + $1.0 * $1.1 }
}

extension Tape {
  /// A constant tensor with these elements, converted to the tape's type.
  ///
  /// Not named `constant`: an array would silently become a pointer to one that is soon freed.
  package func copy(_ values: [Double], _ shape: Shape) -> Tensor {
    let tensor = allocate(shape)
    for (index, value) in values.enumerated() {
      switch type {
      case .float32:
        tensor.data.storeBytes(of: Float(value), toByteOffset: 4 * index, as: Float.self)
      case .float64:
        tensor.data.storeBytes(of: value, toByteOffset: 8 * index, as: Double.self)
      }
    }
    return tensor
  }

  /// The transpose of a matrix, as a constant.
  package func transposed(_ matrix: Tensor) -> Tensor {
    let (rows, columns, values) = (matrix.shape[0], matrix.shape[1], matrix.values)
    return copy(
      (0..<rows * columns).map { values[$0 % rows * columns + $0 / rows] }, Shape(columns, rows))
  }
}
