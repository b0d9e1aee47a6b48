import Tensors
import TestSupport
import Testing

/// Two layers, each with a function, of which the second squares the numbers of the first, times a number a row.
struct SquaredLayers: BitwiseCopyable {
  let x: Tensor
  let weight: Tensor
  let transpose: Tensor
  let y: Tensor

  /// All by operations that are kept.
  func run(on tape: Tape) -> Tensor {
    let first = tape.linear(
      x, weight: weight, bias: nil, transpose: transpose.data, then: .silu)
    let second = tape.linear(
      tape.apply(.square, first), weight: weight, bias: nil, transpose: transpose.data)
    return tape.scaleRows(tape.apply(.sine, second), by: y)
  }

  /// By operations of which the products are kept.
  func recomputed(on tape: Tape) -> Tensor {
    tape.recomputing((x, y, y), self, SquaredLayers.recompute)
  }

  static func recompute(_ tape: Tape, _ state: UnsafeRawPointer) -> Tensor {
    state.load(as: SquaredLayers.self).run(on: tape)
  }

  /// One recomputed part within another.
  func twice(on tape: Tape) -> Tensor {
    tape.recomputing((x, y, y), self) { tape, state in
      let layers = state.load(as: SquaredLayers.self)
      let inner = SquaredLayers(
        x: layers.run(on: tape), weight: layers.weight, transpose: layers.transpose, y: layers.y)
      return inner.recomputed(on: tape)
    }
  }
}

@Suite("A recomputed part")
struct RecomputationTests {
  private enum Way { case kept, recomputed, withinAnother, withinCheckpoint }

  private struct Outcome: Equatable {
    let value, byX, byY, byWeight: [Double]
  }

  private func outcome(_ type: ScalarType, _ way: Way) -> Outcome {
    let tape = Tape(type)
    func tensor(_ shape: Shape, _ seed: UInt64) -> Tensor {
      tape.copy(spread(shape.count, seed: seed).map { Double($0) }, shape)
    }
    let (x, y) = (tape.variable(tensor(Shape(7, 20), 1)), tape.variable(tensor(Shape(7), 2)))
    let (matrix, slope) = (tensor(Shape(20, 20), 3), tape.zeros(Shape(20, 20)))
    let weight = tape.variable(matrix.data, matrix.shape, gradient: slope.data)
    let transpose = tape.transposed(matrix)
    func layers(_ x: Tensor, _ y: Tensor) -> SquaredLayers {
      SquaredLayers(x: x, weight: weight, transpose: transpose, y: y)
    }
    let first = layers(x, y).run(on: tape)
    let result =
      switch way {
      case .kept: layers(layers(first, y).run(on: tape), y).run(on: tape)
      case .recomputed: layers(layers(first, y).recomputed(on: tape), y).recomputed(on: tape)
      case .withinAnother: layers(first, y).twice(on: tape)
      case .withinCheckpoint:
        tape.checkpoint(tape.concatenate(first, tape.reshape(y, Shape(7, 1)))) { tape, both in
          let y = tape.reshape(tape.slice(both, 20..<21), Shape(7))
          let inner = layers(tape.slice(both, 0..<20), y).recomputed(on: tape)
          return layers(inner, y).run(on: tape)
        }
      }
    tape.backward(from: tape.sum(tape.apply(.square, result)))
    return Outcome(
      value: result.values, byX: tape.gradientValues(of: x), byY: tape.gradientValues(of: y),
      byWeight: slope.values)
  }

  @Test("gives the bits of keeping everything", arguments: [ScalarType.float32, .float64])
  func bits(_ type: ScalarType) {
    let kept = outcome(type, .kept)
    #expect(kept.byWeight.contains { $0 != 0 })
    #expect(outcome(type, .recomputed) == kept)
    #expect(outcome(type, .withinAnother) == kept)
    let within = outcome(type, .withinCheckpoint)
    #expect((within.value, within.byX) == (kept.value, kept.byX))
    #expect(within.byWeight == kept.byWeight)
  }

  @Test("takes less memory")
  func memory() {
    func bytes(isKept: Bool) -> Int {
      let tape = Tape(.float32)
      var y = tape.variable(tape.zeros(Shape(2000, 100)))
      let (weight, factors) = (tape.zeros(Shape(100, 100)), tape.zeros(Shape(2000)))
      for _ in 0..<10 {
        let layers = SquaredLayers(x: y, weight: weight, transpose: weight, y: factors)
        y = isKept ? layers.run(on: tape) : layers.recomputed(on: tape)
      }
      tape.backward(from: tape.sum(y))
      return tape.arena.capacity + tape.keptProducts.capacity
    }
    #expect(2 * bytes(isKept: false) < bytes(isKept: true))
  }

  @Test("computes values alone without a record")
  func values() {
    let tape = Tape(.float64)
    tape.isRecording = false
    let x = tape.copy([1, -2], Shape(1, 2))
    let weight = tape.copy([1, 2, 3, 4], Shape(2, 2))
    let layers = SquaredLayers(
      x: x, weight: weight, transpose: tape.transposed(weight), y: tape.copy([2], Shape(1)))
    #expect(layers.recomputed(on: tape).values == layers.run(on: tape).values)
  }
}
