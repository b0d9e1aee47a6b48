import Kernels
import Networks
import Tensors
import TestSupport
import Testing

@Suite("Positions and features")
struct PositionTests {
  private func context(_ set: ParameterSet = ParameterSet()) -> Context {
    set.initialize(seed: 2)
    return Context(tape: Tape(.float32), parameters: ParameterBinding(set, gradients: nil))
  }

  /// sin 3 and cos 3, and sin 0.03 and cos 0.03, from tables.
  @Test("are the sinusoids of the paper")
  func sinusoids() {
    let (positions, tape) = (SinusoidalPositions(width: 4, places: 10), Tape(.float64))
    let table = positions.encodings(from: 3, count: 1, on: tape)
    withExtendedLifetime((positions, tape)) {
      expect(
        table.values,
        equals: [
          0.141_120_008_059_867, -0.989_992_496_600_445, 0.029_995_500_202_495_66,
          0.999_550_033_748_987_5,
        ], within: .absolute(1e-14))
    }
  }

  @Test("turn a first place by nothing and keep every length")
  func rotations() {
    let tape = Tape(.float64)
    let x = Input(Shape(1, 5, 8), seed: 1)
    let turned = RotaryPositions(width: 4, places: 8)(tape.copy(x.values, x.shape), on: tape)
    #expect(Array(turned.values.prefix(8)) == Array(x.values.prefix(8)))
    for row in 0..<5 {
      func length(_ values: [Double]) -> Double {
        values[row * 8..<(row + 1) * 8].reduce(0) { $0 + $1 * $1 }
      }
      expect(length(turned.values), equals: length(x.values), within: .relative(1e-13))
    }
    #expect(turned.values[8..<16] != ArraySlice(x.values[8..<16]))
  }

  @Test("are random sinusoids of unit length for each frequency, which do not learn")
  func fourier() {
    let set = ParameterSet()
    let layer = GaussianFourierFeatures("f", inputs: 2, count: 7, standardDeviation: 3, in: set)
    let context = context(set)
    let y = layer(context.tape.copy([0, 0, 0.3, -0.2], Shape(2, 2)), context).values
    #expect(y.prefix(7).allSatisfy { $0 == 0 } && y[7..<14].allSatisfy { $0 == 1 })
    for j in 0..<7 {
      expect(y[14 + j] * y[14 + j] + y[21 + j] * y[21 + j], equals: 1, within: .absolute(1e-6))
    }
  }

  /// 20,000 numbers: standard errors are below 0.01 of each figure; the bounds allow five.
  @Test(
    "begin as their initialisers say",
    arguments: [
      (Initializer.kaimingNormal(inputs: 8), 0.5, 10.0),
      (.xavierUniform(inputs: 4, outputs: 2, gain: 2), 2 / 3.0.squareRoot(), 2),
      (.xavierNormal(inputs: 4, outputs: 4), 0.5, 10),
      (.kaimingUniform(inputs: 16), 0.25 / 3.0.squareRoot(), 0.25),
      (.truncatedNormal(standardDeviation: 0.1), 0.1 * 0.774_1.squareRoot(), 0.2),
    ])
  func initializers(_ start: Initializer, _ standardDeviation: Double, _ bound: Double) {
    let set = ParameterSet()
    _ = set.add("p", Shape(20_000), start)
    set.initialize(seed: 7)
    let x = (0..<20_000).map { Double(set.values[$0]) }
    let square = x.reduce(0) { $0 + $1 * $1 } / 20_000
    expect(square.squareRoot(), equals: standardDeviation, within: .relative(0.05))
    #expect(x.allSatisfy { $0.magnitude <= bound * (1 + 1e-6) })
    #expect((x.reduce(0, +) / 20_000).magnitude < 0.05 * standardDeviation)
  }
}
