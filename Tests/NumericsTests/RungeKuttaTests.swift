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

extension RungeKuttaTableau: CustomTestStringConvertible {
  /// The name.
  public var testDescription: String { name }
}

/// Three problems in one state: growth at a changing rate, the harmonic oscillator, y' = -y².
private func field(
  _ t: Double, _ y: UnsafePointer<Double>, _ slope: UnsafeMutablePointer<Double>
) {
  slope[0] = (1 + cos(t)) * y[0]
  slope[1] = y[2]
  slope[2] = -y[1]
  slope[3] = -y[3] * y[3]
}

private func solution(_ t: Double) -> [Double] { [exp(t + sin(t)), sin(t), cos(t), 1 / (1 + t)] }

@Suite("Every Runge-Kutta method")
struct RungeKuttaTests {
  func distance(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { max($0, ($1.0 - $1.1).magnitude) }
  }

  /// The slope of the logarithm of the error, between `few` and twice as many steps.
  func slope(few: Int, _ error: (Int) throws -> Double) rethrows -> Double {
    try log2(error(few) / error(2 * few))
  }

  @Test("is consistent", arguments: RungeKuttaTableau.all)
  func consistency(_ tableau: RungeKuttaTableau) {
    #expect(tableau.stages.count == tableau.nodes.count)
    #expect(tableau.weights.count == tableau.nodes.count)
    #expect(tableau.interpolant.count == tableau.nodes.count)
    for (row, node) in zip(tableau.stages, tableau.nodes) {
      expect(row.reduce(0, +), equals: node, within: .absolute(1e-14))
    }
    expect(tableau.weights.reduce(0, +), equals: 1, within: .absolute(1e-14))
    let whole = tableau.interpolant.map { $0.reduce(0, +) }
    expect(whole, equals: tableau.weights, within: .absolute(1e-13))
    guard let errors = tableau.errorWeights else { return }
    expect(errors.reduce(0, +), equals: 0, within: .absolute(1e-14))
  }

  @Test("has its order", arguments: RungeKuttaTableau.all)
  func order(_ tableau: RungeKuttaTableau) throws {
    let measured = try slope(few: 64) { steps in
      let integral = try RungeKutta<Double>(tableau, .fixed(steps: steps)).integrate(
        solution(0), from: 0, to: 2, field: field)
      return distance(integral.state, solution(2))
    }
    expect(measured, equals: Double(tableau.order), within: .absolute(0.2))
  }

  /// An interpolant of order q adds h^(q + 1) once, so the outputs keep the order min(p, q + 1).
  @Test("interpolates with its order", arguments: RungeKuttaTableau.all)
  func dense(_ tableau: RungeKuttaTableau) throws {
    let times = (1..<40).map { 2 * Double($0) / 40 + 0.003 }
    let measured = try slope(few: 64) { steps in
      let integral = try RungeKutta<Double>(tableau, .fixed(steps: steps)).integrate(
        solution(0), from: 0, to: 2, outputTimes: times, field: field)
      #expect(integral.outputs.count == times.count)
      return zip(times, integral.outputs).reduce(0) { max($0, distance($1.1, solution($1.0))) }
    }
    let orders = ["euler": 1, "heun": 2, "runge-kutta-4": 4, "bogacki-shampine": 3]
    #expect(measured > Double(orders[tableau.name] ?? 5) - 0.3)
  }

  @Test("runs backwards to where it came from", arguments: RungeKuttaTableau.all)
  func backwards(_ tableau: RungeKuttaTableau) throws {
    let method = RungeKutta<Double>(tableau, .fixed(steps: 400))
    let there = try method.integrate(solution(0), from: 0, to: 2, field: field).state
    let back = try method.integrate(there, from: 2, to: 0, field: field).state
    #expect(distance(back, solution(0)) < 4 * pow(0.005, Double(tableau.order)) * 20)
  }

  @Test("counts its evaluations", arguments: RungeKuttaTableau.all)
  func counters(_ tableau: RungeKuttaTableau) throws {
    var calls = 0
    let integral = try RungeKutta<Double>(tableau, .fixed(steps: 7)).integrate([1], from: 0, to: 1)
    {
      calls += 1
      $2[0] = $1[0] * $0
    }
    let stages = tableau.nodes.count
    #expect(calls == (tableau.isFirstSameAsLast ? 1 + 7 * (stages - 1) : 7 * stages))
    #expect(integral.evaluations == calls && integral.acceptedSteps == 7)
    #expect(integral.rejectedSteps == 0)
  }

  @Test("goes nowhere in no time, and with no states", arguments: RungeKuttaTableau.all)
  func nothing(_ tableau: RungeKuttaTableau) throws {
    let method = RungeKutta<Double>(tableau, .fixed(steps: 3))
    let still = try method.integrate([4], from: 1, to: 1, outputTimes: [1]) { _, _, _ in }
    #expect(still.state == [4] && still.outputs == [[4]] && still.evaluations == 0)
    #expect(try method.integrate([], from: 0, to: 1) { _, _, _ in }.state == [])
  }

  @Test("integrates 32-bit states to their precision")
  func floats() throws {
    let integral = try RungeKutta<Float>.rungeKutta4(steps: 50).integrate([1, 0], from: 0, to: 1) {
      ($2[0], $2[1]) = (-$1[1], $1[0])
    }
    let state = integral.state.map { Double($0) }
    expect(state, equals: [cos(1), sin(1)], within: .absolute(1e-6))
  }

  @Test("stops at a number that is not finite")
  func notFinite() {
    #expect(throws: NumericalError.notFinite(time: 0.5)) {
      try RungeKutta<Double>.rungeKutta4(steps: 4).integrate([1], from: 0, to: 1) { t, _, slope in
        slope[0] = t > 0.6 ? .nan : 0
      }
    }
  }
}
