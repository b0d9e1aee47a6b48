import Numerics

/// The squared Wasserstein distance between two Gaussians with the moments of two samples.
///
///     |m - n|² + tr(A + B - 2 (A^½ B A^½)^½)
///
/// Of features of images this is what is known as FID. It is biased upwards by about tr(A) (1/n + 1/m) and more
/// where features are many: read it next to the distance between two samples of the same law.
/// Reference: Dowson and Landau (1982), *The Fréchet distance between multivariate normal distributions*,
/// doi:10.1016/0047-259X(82)90077-X; Heusel et al. (2017), arXiv:1706.08500
/// - Parameters:
///   - x: [n, dimension], n > 1.
///   - y: [m, dimension], m > 1.
public func frechetDistance(_ x: [Float], _ y: [Float], dimension: Int) -> Double {
  let (a, b) = (Moments(x, dimension: dimension), Moments(y, dimension: dimension))
  let root = squareRoot(a.covariance, dimension)
  let middle = product(product(root, b.covariance, dimension), root, dimension)
  let symmetric = (0..<dimension * dimension).map { index in
    0.5 * (middle[index] + middle[index % dimension * dimension + index / dimension])
  }
  let shift = zip(a.mean, b.mean).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
  let cross = SymmetricEigen(symmetric, count: dimension).values.reduce(0) {
    $0 + max(0, $1).squareRoot()
  }
  return shift + a.trace + b.trace - 2 * cross
}

/// 1 minus the mean cosine between pairs of rows: how different the rows of a sample are.
/// - Parameter x: [n, dimension], n > 1; rows of zeros count as at right angles to all.
public func meanCosineDistance(_ x: [Float], dimension: Int) -> Double {
  let count = x.count / dimension
  precondition(count > 1, "a distance between pairs takes two rows")
  var (sum, own) = ([Double](repeating: 0, count: dimension), 0.0)
  for row in 0..<count {
    let values = x[row * dimension..<(row + 1) * dimension].map { Double($0) }
    let norm = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
    guard norm > 0 else { continue }
    own += 1
    for (j, value) in values.enumerated() { sum[j] += value / norm }
  }
  let square = sum.reduce(0) { $0 + $1 * $1 }
  return 1 - (square - own) / Double(count * (count - 1))
}

/// Mean and covariance of a sample.
private struct Moments {
  var mean: [Double]
  var covariance: [Double]

  init(_ x: [Float], dimension d: Int) {
    let count = x.count / d
    precondition(count > 1, "moments take two rows")
    var mean = [Double](repeating: 0, count: d)
    for i in 0..<count * d { mean[i % d] += Double(x[i]) / Double(count) }
    var covariance = [Double](repeating: 0, count: d * d)
    for row in 0..<count {
      let centered = (0..<d).map { Double(x[row * d + $0]) - mean[$0] }
      for i in 0..<d {
        for j in 0..<d { covariance[i * d + j] += centered[i] * centered[j] }
      }
    }
    for i in covariance.indices { covariance[i] /= Double(count - 1) }
    (self.mean, self.covariance) = (mean, covariance)
  }

  var trace: Double {
    (0..<mean.count).reduce(0) { $0 + covariance[$1 * mean.count + $1] }
  }
}

/// The symmetric root of a positive semidefinite matrix, [n, n].
private func squareRoot(_ matrix: [Double], _ n: Int) -> [Double] {
  let eigen = SymmetricEigen(matrix, count: n)
  let roots = eigen.values.map { max(0, $0).squareRoot() }
  var result = [Double](repeating: 0, count: n * n)
  for i in 0..<n {
    for j in 0..<n {
      for k in 0..<n {
        result[i * n + j] += eigen.vectors[i * n + k] * roots[k] * eigen.vectors[j * n + k]
      }
    }
  }
  return result
}

private func product(_ a: [Double], _ b: [Double], _ n: Int) -> [Double] {
  var result = [Double](repeating: 0, count: n * n)
  for i in 0..<n {
    for k in 0..<n {
      for j in 0..<n { result[i * n + j] += a[i * n + k] * b[k * n + j] }
    }
  }
  return result
}
