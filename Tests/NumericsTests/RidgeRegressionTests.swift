import Numerics
import TestSupport
import Testing

@Suite("A ridge regression")
struct RidgeRegressionTests {
  let rows = 300
  let features = 5
  let targets = 2

  func data() -> (x: [Double], y: [Double]) {
    let x = spread(rows * features, seed: 1, offset: 0.7).map { Double($0) }
    let y = spread(rows * targets, seed: 2, offset: -3).map { Double($0) }
    return (x, y)
  }

  /// The gradient of the penalised squares, Xᵀ(XW + 1bᵀ - Y) + λW, and its intercept row.
  @Test("has no gradient where it ends", arguments: [0, 0.1, 1000], [true, false])
  func normalEquations(_ penalty: Double, _ intercept: Bool) throws {
    let (x, y) = data()
    let fit = try RidgeRegression(
      x: x, y: y, features: features, targets: targets, penalty: penalty, intercept: intercept)
    let residual = zip(fit.predict(x), y).map { $0 - $1 }
    let slope = product(transposed(x, rows, features), residual, features, rows, targets)
    let gradient = zip(slope, fit.coefficients).map { $0 + penalty * $1 }
    expect(gradient, equals: gradient.map { _ in 0 }, within: .absolute(1e-10))
    let sums = product([Double](repeating: 1, count: rows), residual, 1, rows, targets)
    if intercept {
      expect(sums, equals: [0, 0], within: .absolute(1e-10))
    } else {
      #expect(fit.intercepts == [0, 0] && sums.allSatisfy { $0.magnitude > 1 })
    }
  }

  /// One feature: w = S_xy / (S_xx + λ), b = ȳ - w x̄.
  @Test("is the closed form for one feature", arguments: [0, 2, 1e6])
  func oneFeature(_ penalty: Double) throws {
    let (x, y) = ([1.0, 2, 4, 9], [3.0, -1, 2, 8])
    let fit = try RidgeRegression(x: x, y: y, features: 1, penalty: penalty)
    let w = 33 / (38 + penalty)
    expect(fit.coefficients, equals: [w], within: .relative(1e-14))
    expect(fit.intercepts, equals: [3 - 4 * w], within: .relative(1e-14))
  }

  @Test("finds the numbers that made the data")
  func recovery() throws {
    let x = data().x
    let w = [1.5, -2, 0, 0.25, 3]
    let y = product(x, w, rows, features, 1).map { $0 + 7 }
    let fit = try RidgeRegression(x: x, y: y, features: features, penalty: 0)
    expect(fit.coefficients, equals: w, within: .absolute(1e-12))
    expect(fit.intercepts, equals: [7], within: .absolute(1e-12))
    expect(fit.predict(x), equals: y, within: .absolute(1e-11))
  }

  @Test("needs a penalty for features that depend on each other")
  func dependence() throws {
    let x = (0..<20).flatMap { [Double($0), 2 * Double($0)] }
    let y = (0..<20).map { 10 * Double($0) }
    #expect(throws: NumericalError.self) {
      try RidgeRegression(x: x, y: y, features: 2, penalty: 0)
    }
    let fit = try RidgeRegression(x: x, y: y, features: 2, penalty: 1e-6)
    expect(fit.coefficients, equals: [2, 4], within: .absolute(1e-6))
  }

  @Test("is all zeros without rows")
  func empty() throws {
    let fit = try RidgeRegression(x: [], y: [], features: 2, penalty: 1)
    #expect(fit.coefficients == [0, 0] && fit.intercepts == [0] && fit.predict([]) == [])
  }
}
