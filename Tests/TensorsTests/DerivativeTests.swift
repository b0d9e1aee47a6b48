import Kernels
import Tensors
import TestSupport
import Testing

/// Σ sin(x₀ x₁) + x₁³ of each row of [rows, 2], with all derivatives known.
private func wave(_ tape: Tape, _ x: Tensor) -> Tensor {
  let (first, second) = (tape.slice(x, 0..<1), tape.slice(x, 1..<2))
  let cube = tape.multiply(tape.apply(.square, second), second)
  return tape.add(tape.apply(.sine, tape.multiply(first, second)), cube)
}

@Suite("Derivatives of functions on a tape")
struct DerivativeTests {
  let tape = Tape(.float64)
  let points = [0.3, -0.7, 1.1, 0.4]
  var x: Tensor { tape.copy(points, Shape(2, 2)) }

  @Test("along a direction are sums of partial derivatives")
  func direction() {
    let v = [0.5, -1, 2, 0.25]
    let slope = tape.directionalDerivative(at: x, along: tape.copy(v, Shape(2, 2))) {
      wave(tape, $0)
    }
    let expected = [0, 2].map { i -> Double in
      let (a, b) = (points[i], points[i + 1])
      return Double.cosine(a * b) * (b * v[i] + a * v[i + 1]) + 3 * b * b * v[i + 1]
    }
    expect(slope.derivative.values, equals: expected, within: .scaled(1e-13))
    #expect(slope.value.values == wave(tape, x).values && !slope.value.hasTangent)
  }

  @Test("give the Hessian, column by column")
  func hessian() {
    for i in 0..<2 {
      let (a, b) = (points[2 * i], points[2 * i + 1])
      let (s, c) = (Double.sine(a * b), Double.cosine(a * b))
      let expected = [[-b * b * s, c - a * b * s], [c - a * b * s, -a * a * s + 6 * b]]
      for column in 0..<2 {
        let tape = Tape(.float64)
        let unit = tape.copy([column == 0 ? 1 : 0, column == 1 ? 1 : 0], Shape(1, 2))
        let product = tape.hessianVectorProduct(
          at: tape.copy([a, b], Shape(1, 2)), along: unit
        ) { wave(tape, $0) }
        expect(product.values, equals: expected[column], within: .scaled(1e-12))
      }
    }
  }

  @Test("give the trace of a Jacobian, exactly and by probes")
  func trace() {
    // f(x) = A x has the trace of A; signs as probes leave only the other elements' noise.
    let matrix = [0.5, 2, -1, 0.25, -3, 1, 4, 1, 0.125]
    let x = tape.copy(spread(12, seed: 1).map { Double($0) }, Shape(4, 3))
    let a = tape.copy(matrix, Shape(3, 3))
    let f = { self.tape.product($0, a) }
    expect(
      tape.jacobianTrace(at: x, of: f).values, equals: [Double](repeating: -2.375, count: 4),
      within: .scaled(1e-14))
    var mean = [Double](repeating: 0, count: 4)
    for probe in 0..<8 {
      let signs = (0..<12).map { probe >> ($0 % 3) & 1 == 0 ? 1.0 : -1 }
      let estimate = tape.jacobianTraceEstimate(at: x, probe: tape.copy(signs, x.shape), of: f)
      for row in 0..<4 { mean[row] += estimate[row] / 8 }
    }
    expect(mean, equals: [Double](repeating: -2.375, count: 4), within: .scaled(1e-14))
  }

  @Test("stop at detached tensors")
  func detached() {
    let y = tape.variable(x)
    let out = tape.sum(tape.multiply(y, y.detached))
    tape.backward(from: out)
    #expect(tape.gradientValues(of: y) == points)
    let moving = tape.moving(x, along: x)
    let slope = tape.tangent(of: tape.multiply(moving, moving.detached))
    #expect(slope?.values == points.map { $0 * $0 })
  }

  @Test("are added where a tensor is used by many")
  func sharing() {
    let y = tape.variable(x)
    var total = tape.sum(y)
    for _ in 0..<3 { total = tape.add(total, tape.sum(tape.scale(y, by: 2))) }
    tape.backward(from: total)
    #expect(tape.gradientValues(of: y) == [7, 7, 7, 7])
  }
}

@Suite("A checkpoint")
struct CheckpointTests {
  func gradient(_ type: ScalarType, keepsAll: Bool) -> (bits: [Double], bytes: Int) {
    let tape = Tape(type)
    let x = tape.variable(tape.copy(spread(6000, seed: 2).map { Double($0) }, Shape(100, 60)))
    let layer = { (tape: Tape, x: Tensor) in
      (0..<40).reduce(x) { y, _ in tape.add(tape.apply(.sine, y), tape.scale(y, by: 0.5)) }
    }
    var y = x
    for _ in 0..<5 { y = keepsAll ? layer(tape, y) : tape.checkpoint(y, layer) }
    tape.backward(from: tape.sum(y))
    return (tape.gradientValues(of: x), tape.arena.capacity)
  }

  @Test(
    "gives the bits of keeping everything and takes less memory",
    arguments: [
      ScalarType.float32, .float64,
    ])
  func bits(_ type: ScalarType) {
    let (kept, replayed) = (gradient(type, keepsAll: true), gradient(type, keepsAll: false))
    #expect(kept.bits == replayed.bits)
    #expect(replayed.bytes * 2 < kept.bytes)
  }

  @Test("sends gradients to parameters inside it, also from one within another")
  func parameters() {
    let tape = Tape(.float64)
    let (weight, slope) = (tape.copy([2, 3], Shape(2)), tape.copy([0, 0], Shape(2)))
    let x = tape.copy([5, 7], Shape(2))
    let y = tape.checkpoint(x) { tape, x in
      let w = tape.variable(weight.data, weight.shape, gradient: slope.data)
      return tape.checkpoint(tape.multiply(w, x)) { $0.apply(.square, $1) }
    }
    tape.backward(from: tape.sum(y))
    #expect(slope.values == [100, 294])
  }

  @Test("does not keep its tape alive")
  func freed() {
    weak var held: Tape?
    do {
      let tape = Tape(.float64)
      _ = tape.checkpoint(tape.variable(tape.copy([5, 7], Shape(2)))) { $0.apply(.square, $1) }
      held = tape
    }
    #expect(held == nil)
  }
}

extension Double {
  fileprivate static func sine(_ x: Double) -> Double { series(x, from: 1) }
  fileprivate static func cosine(_ x: Double) -> Double { series(x, from: 0) }

  /// The power series of sine (from 1) or cosine (from 0).
  private static func series(_ x: Double, from first: Int) -> Double {
    var (term, sum) = (first == 0 ? 1 : x, 0.0)
    for k in stride(from: first, to: first + 40, by: 2) {
      sum += term
      term *= -x * x / Double((k + 1) * (k + 2))
    }
    return sum
  }
}
