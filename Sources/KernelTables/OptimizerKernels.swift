/// Optimiser updates in place.
package protocol OptimizerKernels {
  /// Updates parameters and both moments from the gradient, all [count].
  static func adam(
    _ coefficients: AdamCoefficients, parameters: UnsafeMutableRawPointer,
    gradient: UnsafeRawPointer, moment: UnsafeMutableRawPointer, variance: UnsafeMutableRawPointer,
    count: Int)

  /// Updates parameters and velocity from the gradient, all [count].
  static func sgd(
    _ coefficients: SGDCoefficients, parameters: UnsafeMutableRawPointer,
    gradient: UnsafeRawPointer, velocity: UnsafeMutableRawPointer, count: Int)

  /// average ← average + weight (x - average), all [count].
  static func moveAverage(
    _ average: UnsafeMutableRawPointer, towards x: UnsafeRawPointer, weight: Double, count: Int)

  /// Σ x² in double precision; finite exactly if all elements are.
  static func sumOfSquares(_ x: UnsafeRawPointer, count: Int) -> Double
}
