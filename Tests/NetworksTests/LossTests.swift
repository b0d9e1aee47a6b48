import Networks
import Tensors
import TestSupport
import Testing

/// A loss of predictions and targets, or of the numbers of two Gaussians.
struct LossCase: Sendable, CustomTestStringConvertible {
  let testDescription: String
  /// Tensors of one shape.
  var inputs = 2
  /// How far differences reach: a little where the derivative jumps.
  var step = 1e-3
  let apply: @Sendable (Tape, [Tensor], LossReduction) -> Tensor

  static let all = [
    LossCase(
      testDescription: "squared error", apply: { $0.squaredError($1[0], $1[1], $2) }),
    LossCase(
      testDescription: "absolute error", step: 1e-6,
      apply: { $0.absoluteError($1[0], $1[1], $2) }),
    LossCase(
      testDescription: "Huber", step: 1e-6,
      apply: { $0.huberError($1[0], $1[1], threshold: 0.7, $2) }),
    LossCase(
      testDescription: "binary cross-entropy",
      apply: { $0.binaryCrossEntropy(logits: $1[0], $1[1], $2) }),
    LossCase(
      testDescription: "Gaussian against normal",
      apply: { $0.gaussianDivergence(mean: $1[0], logVariance: $1[1], $2) }),
    LossCase(
      testDescription: "Gaussian against Gaussian", inputs: 4,
      apply: {
        $0.gaussianDivergence(
          mean: $1[0], logVariance: $1[1], fromMean: $1[2], logVariance: $1[3], $2)
      }),
  ]

  func inputs(_ size: Int) -> [Input] {
    (0..<inputs).map { Input(Shape(size, 3), seed: UInt64($0), scale: 1.5) }
  }
}

@Suite("Every loss")
struct LossTests {
  @Test("has the derivatives of its differences", arguments: LossCase.all, [0, 1, 3, 5, 17])
  func gradient(_ loss: LossCase, _ size: Int) {
    let order = loss.step == 1e-3 ? 2 : 1
    expectGradient(
      of: { loss.apply($0, $1, .sum) }, at: loss.inputs(size), order: order, step: loss.step)
  }

  @Test("adds up over blocks of rows, and is reduced as it says", arguments: LossCase.all)
  func reductions(_ loss: LossCase) {
    let tape = Tape(.float64)
    let x = loss.inputs(7).map { tape.copy($0.values, $0.shape) }
    func value(_ rows: Range<Int>, _ reduction: LossReduction) -> Double {
      loss.apply(tape, x.map { tape.entries($0, rows) }, reduction)[0]
    }
    let whole = value(0..<7, .sum)
    expect(
      value(0..<4, .sum) + value(4..<7, .sum), equals: whole, within: .relative(1e-12))
    expect(value(0..<7, .rowMeans), equals: whole / 3, within: .relative(1e-12))
    expect(value(0..<7, .mean), equals: whole / 21, within: .relative(1e-12))
  }

  private func value(_ body: (Tape) -> Tensor) -> [Double] {
    let tape = Tape(.float64)
    return withExtendedLifetime(tape) { body(tape).values }
  }

  @Test("has known values")
  func knownValues() {
    let log2 = 0.6931471805599453
    func number(_ tape: Tape, _ x: Double...) -> Tensor { tape.copy(x, Shape(1, x.count)) }
    let values: [(Double, Double)] = [
      (value { $0.squaredError(number($0, 1, 5), number($0, 3, 4)) }[0], 5),
      (value { $0.absoluteError(number($0, 1, 5), number($0, 3, 4)) }[0], 3),
      (value { $0.huberError(number($0, 0, 0), number($0, 0.5, 3)) }[0], 0.125 + 2.5),
      (value { $0.huberError(number($0, 0), number($0, -5), threshold: 2) }[0], 2 * (5 - 1)),
      (value { $0.binaryCrossEntropy(logits: number($0, 0), number($0, 0.3)) }[0], log2),
      (value { $0.binaryCrossEntropy(logits: number($0, 800), number($0, 0)) }[0], 800),
      (value { $0.binaryCrossEntropy(logits: number($0, -800), number($0, 0)) }[0], 0),
      (value { $0.gaussianDivergence(mean: number($0, 3), logVariance: number($0, 0)) }[0], 4.5),
      (
        value { $0.gaussianDivergence(mean: number($0, 0), logVariance: number($0, 2 * log2)) }[0],
        0.5 * (4 - 1 - 2 * log2)
      ),
      (
        value {
          $0.gaussianDivergence(
            mean: number($0, 1), logVariance: number($0, 0), fromMean: number($0, 3),
            logVariance: number($0, log2))
        }[0], 0.5 * (log2 - 1 + 0.5 + 2)
      ),
    ]
    for (actual, expected) in values {
      expect(actual, equals: expected, within: .absolute(1e-12))
    }
  }

  @Test("of two Gaussians is that against a normal where the other is one, and zero for equals")
  func gaussians() {
    let tape = Tape(.float64)
    let x = LossCase.all[5].inputs(4).map { tape.copy($0.values, $0.shape) }
    let zero = tape.zeros(x[0].shape)
    let normal = tape.gaussianDivergence(
      mean: x[0], logVariance: x[1], fromMean: zero, logVariance: zero)
    let direct = tape.gaussianDivergence(mean: x[0], logVariance: x[1])
    expect(normal.values, equals: direct.values, within: .relative(1e-12))
    let same = tape.gaussianDivergence(
      mean: x[0], logVariance: x[1], fromMean: x[0], logVariance: x[1])
    expect(same[0], equals: 0, within: .absolute(1e-12))
  }

  @Test("by distance is minus the squared distance to each prototype", arguments: layerSizes)
  func distances(_ size: Int) {
    let inputs = [Input(Shape(3, size), seed: 1), Input(Shape(2, size), seed: 2)]
    expectGradient(of: { $0.distanceLogits($1[0], prototypes: $1[1]) }, at: inputs)
    let tape = Tape(.float64)
    let (x, c) = (inputs[0].values, inputs[1].values)
    let logits = tape.distanceLogits(
      tape.copy(x, inputs[0].shape), prototypes: tape.copy(c, inputs[1].shape))
    let expected = (0..<6).map { place in
      -(0..<size).reduce(0) { sum, k in
        let u = x[place / 2 * size + k] - c[place % 2 * size + k]
        return sum + u * u
      }
    }
    expect(logits.values, equals: expected, within: .absolute(1e-12))
  }
}

@Suite("Cross-entropy")
struct CrossEntropyTests {
  /// Of the logits (1, 2, 4): log p = x - log(e + e² + e⁴).
  let logProbabilities = [-3.169846019556, -2.169846019556, -0.169846019556]

  private func value(
    _ logits: [Double], label: Int, smoothing: Double = 0, _ type: ScalarType = .float64
  ) -> Double {
    let tape = Tape(type)
    return tape.crossEntropy(
      tape.copy(logits, Shape(1, logits.count)), labels: tape.indices([label]),
      smoothing: smoothing)[0]
  }

  @Test("has known values, with and without smoothing")
  func knownValues() {
    let even = logProbabilities.reduce(0, +) / 3
    for (label, expected) in logProbabilities.enumerated() {
      expect(value([1, 2, 4], label: label), equals: -expected, within: .absolute(1e-10))
      expect(
        value([1, 2, 4], label: label, smoothing: 0.1), equals: -0.9 * expected - 0.1 * even,
        within: .absolute(1e-10))
    }
  }

  @Test("neither overflows nor loses small losses")
  func extremes() {
    expect(value([1000, 0], label: 1, .float32), equals: 1000, within: .relative(1e-6))
    expect(value([-1000, 0], label: 1, .float32), equals: 0, within: .absolute(0))
    expect(value([80, 0], label: 0, .float32), equals: 0, within: .absolute(0))
    expect(value([-.infinity, 3], label: 1, .float32), equals: 0, within: .absolute(0))
  }

  @Test("of labels is that of probabilities with one certain class; padding counts nothing")
  func forms() {
    let tape = Tape(.float32)
    let logits = tape.copy(spread(4 * 19).map { Double($0) }, Shape(4, 19))
    let labels = [3, 0, 18, -1]
    let certain = (0..<4 * 19).map { $0 % 19 == labels[$0 / 19] ? 1.0 : 0 }
    for smoothing in [0.0, 0.2] {
      let hard = tape.crossEntropy(logits, labels: tape.indices(labels), smoothing: smoothing)
      let soft = tape.crossEntropy(
        logits, probabilities: tape.copy(certain, Shape(4, 19)), smoothing: smoothing)
      expect(
        Array(hard.values.prefix(3)), equals: Array(soft.values.prefix(3)), within: .relative(1e-5))
      #expect(hard.values[3] == 0)
    }
  }
}
