/// Linear regression with a penalty on the squared coefficients.
///
///     W, b = argmin |Y - X W - 1 bᵀ|² + λ |W|²,    (XᶜᵀXᶜ + λ I) W = XᶜᵀYᶜ,    b = ȳ - Wᵀ x̄
///
/// Xᶜ and Yᶜ are centred at their means, so that the intercept is not penalised; without an intercept
/// they are X and Y. Solving the normal equations squares the condition of X: scale the features, and
/// keep λ well above the rounding of XᵀX.
/// Reference: Hoerl and Kennard (1970), *Ridge regression: biased estimation for nonorthogonal
/// problems*, Technometrics 12
public struct RidgeRegression: Sendable {
  /// F.
  public let features: Int
  /// K, numbers predicted at once.
  public let targets: Int
  /// W, [F, K].
  public let coefficients: [Double]
  /// b, [K]; zero without an intercept.
  public let intercepts: [Double]

  /// Fits.
  /// - Parameters:
  ///   - x: [rows, F], any number of rows.
  ///   - y: [rows, K].
  ///   - penalty: λ >= 0.
  ///   - intercept: Whether to add b.
  /// - Throws: `NumericalError.notPositiveDefinite` if the features depend on each other and λ is
  ///   zero or too small to tell them apart, or if a number is not finite.
  public init(
    x: [Double], y: [Double], features: Int, targets: Int = 1, penalty: Double,
    intercept: Bool = true
  ) throws(NumericalError) {
    let rows = y.count / max(1, targets)
    precondition(features > 0 && targets > 0, "ridge: there must be features and targets")
    precondition(
      x.count == rows * features && y.count == rows * targets, "ridge: x and y must have equal rows"
    )
    let (xMeans, yMeans) = (
      means(x, features, of: intercept), means(y, targets, of: intercept)
    )
    let (xCentred, yCentred) = (centred(x, at: xMeans), centred(y, at: yMeans))
    var gram = transposedProduct(xCentred, xCentred, features, features)
    for k in 0..<features { gram[k * features + k] += penalty }
    let solution = try Cholesky(gram, count: features).solve(
      transposedProduct(xCentred, yCentred, features, targets), columns: targets)
    (self.features, self.targets, coefficients) = (features, targets, solution)
    intercepts = (0..<targets).map { k in
      (0..<features).reduce(yMeans[k]) { $0 - xMeans[$1] * solution[$1 * targets + k] }
    }
  }

  /// X W + 1 bᵀ.
  /// - Parameter x: [rows, F].
  /// - Returns: [rows, K].
  public func predict(_ x: [Double]) -> [Double] {
    precondition(x.count % features == 0, "ridge: x must be [rows, \(features)]")
    return (0..<x.count / features * targets).map { index in
      let (row, k) = index.quotientAndRemainder(dividingBy: targets)
      return (0..<features).reduce(intercepts[k]) {
        $0 + x[row * features + $1] * coefficients[$1 * targets + k]
      }
    }
  }
}

/// The mean of each column, or zeros.
private func means(_ x: [Double], _ columns: Int, of intercept: Bool) -> [Double] {
  var sums = [Double](repeating: 0, count: columns)
  guard intercept, !x.isEmpty else { return sums }
  for (index, value) in x.enumerated() { sums[index % columns] += value }
  return sums.map { $0 / Double(x.count / columns) }
}

private func centred(_ x: [Double], at means: [Double]) -> [Double] {
  var result = x
  for index in x.indices { result[index] -= means[index % means.count] }
  return result
}

/// Xᵀ Y, [columns of X, columns of Y], a few hundred rows at a time.
private func transposedProduct(
  _ x: [Double], _ y: [Double], _ xColumns: Int, _ yColumns: Int
) -> [Double] {
  var (x, y) = (x, y)
  var result = [Double](repeating: 0, count: xColumns * yColumns)
  let rows = y.count / yColumns
  x.withUnsafeMutableBufferPointer { x in
    y.withUnsafeMutableBufferPointer { y in
      result.withUnsafeMutableBufferPointer { result in
        guard let x = x.baseAddress, let y = y.baseAddress, let sum = result.baseAddress else {
          return
        }
        for first in stride(from: 0, to: rows, by: 256) {
          Double.addProduct(
            MatrixBlock(transposing: MatrixBlock(x + first * xColumns, rowStride: xColumns)),
            MatrixBlock(y + first * yColumns, rowStride: yColumns),
            to: MatrixBlock(sum, rowStride: yColumns), rows: xColumns, columns: yColumns,
            depth: min(256, rows - first))
        }
      }
    }
  }
  return result
}
