import Numerics
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite("Adaptive integration")
struct AdaptiveStepTests {
  static let pairs = RungeKuttaTableau.all.filter { $0.errorWeights != nil }

  /// Eccentric planets: the state of a Kepler orbit returns after 2π, with fast and slow parts.
  func kepler(
    _ tableau: RungeKuttaTableau, _ tolerance: StepTolerance, to end: Double = 2 * .pi,
    outputTimes: [Double] = []
  ) throws -> Integral<Double> {
    try RungeKutta(tableau, .adaptive(tolerance)).integrate(
      [0.4, 0, 0, 2], from: 0, to: end, outputTimes: outputTimes
    ) { _, y, slope in
      let r = (y[0] * y[0] + y[1] * y[1]).squareRoot()
      (slope[0], slope[1]) = (y[2], y[3])
      (slope[2], slope[3]) = (-y[0] / (r * r * r), -y[1] / (r * r * r))
    }
  }

  @Test("stays near its tolerance and needs more steps for less", arguments: pairs)
  func tolerance(_ tableau: RungeKuttaTableau) throws {
    var steps: [Int] = []
    for allowed in [1e-4, 1e-6, 1e-8] {
      let integral = try kepler(tableau, StepTolerance(relative: allowed, absolute: allowed))
      let error = zip(integral.state, [0.4, 0, 0, 2]).map { ($0 - $1).magnitude }.max() ?? 0
      #expect(error < 1000 * allowed && error > allowed / 100)
      steps.append(integral.acceptedSteps)
      let stages = tableau.nodes.count - 1
      let attempts = integral.acceptedSteps + integral.rejectedSteps
      #expect(integral.evaluations == 2 + attempts * stages)
      #expect(integral.rejectedSteps * 3 < integral.acceptedSteps)
    }
    let growth = log(Double(steps[2]) / Double(steps[0])) / log(1e4)
    expect(growth, equals: 1 / Double(tableau.order), within: .absolute(0.06))
  }

  @Test("follows the harmonic oscillator both ways", arguments: pairs)
  func oscillator(_ tableau: RungeKuttaTableau) throws {
    let tolerance = StepTolerance(relative: 1e-9, absolute: 1e-9)
    let method = RungeKutta<Double>(tableau, .adaptive(tolerance))
    for end in [10.0, -10] {
      let times = (1...20).map { end * Double($0) / 20 }
      let integral = try method.integrate([0, 1], from: 0, to: end, outputTimes: times) {
        ($2[0], $2[1]) = ($1[1], -$1[0])
      }
      expect(integral.state, equals: [sin(end), cos(end)], within: .absolute(2e-7))
      #expect(integral.outputs.count == 20)
      for (t, y) in zip(times, integral.outputs) {
        expect(y, equals: [sin(t), cos(t)], within: .absolute(2e-7))
      }
      expect(integral.outputs[19], equals: integral.state, within: .absolute(1e-12))
    }
  }

  @Test("bounds the whole batch by its worst state's share")
  func batch() throws {
    let rates = [0.1, 1, 30]
    let integral = try RungeKutta<Double>.dormandPrince(
      StepTolerance(relative: 1e-8, absolute: 1e-8)
    ).integrate([1, 1, 1], from: 0, to: 1) { _, y, slope in
      for i in 0..<3 { slope[i] = -rates[i] * y[i] }
    }
    expect(integral.state, equals: rates.map { exp(-$0) }, within: .absolute(1e-7))
  }

  @Test("steps over nothing: a pulse and a jump are found", arguments: pairs)
  func jump(_ tableau: RungeKuttaTableau) throws {
    let tolerance = StepTolerance(relative: 1e-8, absolute: 1e-8, firstStep: 0.01)
    let integral = try RungeKutta<Double>(tableau, .adaptive(tolerance)).integrate(
      [0], from: 0, to: 1
    ) { t, _, slope in slope[0] = t < 1.0 / 3 ? 1 : -2 }
    expect(integral.state, equals: [-1], within: .absolute(1e-6))
    #expect(integral.rejectedSteps > 0)
  }

  @Test("gives up after its steps")
  func limit() {
    #expect {
      try kepler(.dormandPrince, StepTolerance(relative: 1e-10, absolute: 1e-10, maximumSteps: 20))
    } throws: { error in
      guard case NumericalError.tooManySteps(20, let time) = error else { return false }
      return time > 0 && time < 6
    }
  }

  @Test("says when the solution runs away, or is no number")
  func runaway() {
    let method = RungeKutta<Double>.dormandPrince()
    #expect {
      try method.integrate([1], from: 0, to: 2) { $2[0] = $1[0] * $1[0] }
    } throws: { error in
      switch error {
      case NumericalError.stepTooSmall(_, let time), NumericalError.notFinite(let time):
        (time - 1).magnitude < 1e-3
      default: false
      }
    }
    #expect(throws: NumericalError.notFinite(time: 0)) {
      try method.integrate([1], from: 0, to: 2) { $2[0] = .nan }
    }
    #expect {
      try method.integrate([1], from: 0, to: 2) { $2[0] = $0 > 0.5 ? .infinity : 0 }
    } throws: { error in
      guard case NumericalError.notFinite(let time) = error else { return false }
      return time <= 0.5 && time > 0.49
    }
  }

  @Test("gives the same bits for the same problem")
  func determinism() throws {
    let tolerance = StepTolerance(relative: 1e-7, absolute: 1e-7)
    let first = try kepler(.dormandPrince, tolerance)
    #expect(try kepler(.dormandPrince, tolerance).state == first.state)
    let dense = try kepler(.dormandPrince, tolerance, outputTimes: [1, 2, 2.5])
    #expect(dense.state == first.state)
  }
}
