import Kernels
import Tensors

/// Fixed numbers for each place of a sequence, [places, width], in both types of floats.
///
/// Worked out once in double precision without the C library, so that all processors agree.
final class PositionTable: @unchecked Sendable {
  let places, width: Int
  private let floats: UnsafeMutablePointer<Float>
  private let doubles: UnsafeMutablePointer<Double>

  init(places: Int, width: Int, _ value: (_ place: Int, _ column: Int) -> Double) {
    (self.places, self.width) = (places, width)
    floats = .allocate(capacity: max(1, places * width))
    doubles = .allocate(capacity: max(1, places * width))
    for i in 0..<places * width {
      let number = value(i / width, i % width)
      floats[i] = Float(number)
      doubles[i] = number
    }
  }

  deinit {
    floats.deallocate()
    doubles.deallocate()
  }

  /// The numbers of some adjacent places, [count, width].
  func tensor(from first: Int, count: Int, on tape: Tape) -> Tensor {
    precondition(first + count <= places, "a sequence of more than \(places) places")
    let data: UnsafeRawPointer =
      tape.type == .float32
      ? UnsafeRawPointer(floats + first * width) : UnsafeRawPointer(doubles + first * width)
    return tape.constant(at: data, Shape(count, width))
  }
}

/// sin and cos of an angle in radians, by the exact symmetries of half turns.
func sineAndCosine(_ angle: Double) -> (sine: Double, cosine: Double) {
  let halfTurns = angle / Double.pi
  return (scalarCosPi(halfTurns - 0.5), scalarCosPi(halfTurns))
}

/// base to the power -2 pair / width: the frequencies that positions are encoded with.
func positionFrequency(_ pair: Int, width: Int, base: Double) -> Double {
  scalarExp(-2 * Double(pair) / Double(width) * scalarLog(base))
}
