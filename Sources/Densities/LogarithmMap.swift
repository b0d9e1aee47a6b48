import Kernels

/// The coordinates y = log x of those coordinates that are positive, y = x of the others.
///
/// Makes a density on positive numbers one on all of ℝᴰ. Of a density that lives on negative numbers too it
/// sees the positive part only: no bijection of ℝᴰ.
public struct LogarithmMap: CoordinateMap {
  /// D.
  public var dimension: Int { isPositive.count }
  private let isPositive: [Bool]

  /// Logarithms of these coordinates, those of D.
  public init(dimension: Int, coordinates: [Int]) {
    isPositive = (0..<dimension).map(Set(coordinates).contains)
  }

  /// Writes exp y where positive; log |det ∂x/∂y| is the sum of these y.
  ///
  /// Where exp y is beyond the floats, x is the greatest of them and the Jacobian -∞, for a density
  /// that has a mass is nil there.
  public func pull(
    _ y: Points, to x: UnsafeMutablePointer<Float>, logJacobian: UnsafeMutablePointer<Float>
  ) {
    let d = dimension
    InstructionSet.active.kernels.map(.exponential, y.data, to: x, count: y.count * d)
    for row in 0..<y.count {
      var sum = 0.0
      for i in row * d..<(row + 1) * d {
        if !isPositive[i - row * d] {
          x[i] = y.data[i]
        } else if x[i] == .infinity {
          (x[i], sum) = (.greatestFiniteMagnitude, -.infinity)
        } else {
          sum += Double(y.data[i])
        }
      }
      logJacobian[row] = Float(sum)
    }
  }

  /// Writes x s + 1 where positive, s elsewhere.
  public func pullScore(
    _ score: UnsafePointer<Float>, at y: Points, to out: UnsafeMutablePointer<Float>
  ) {
    let d = dimension
    InstructionSet.active.kernels.map(.exponential, y.data, to: out, count: y.count * d)
    for i in 0..<y.count * d {
      out[i] = isPositive[i % d] ? Float(1).addingProduct(out[i], score[i]) : score[i]
    }
  }
}
