#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

// Distribution functions for the Kolmogorov tests, by series and continued fractions (Press et al.,
// *Numerical Recipes*, chapter 6), good to 1e-10.

/// P(a, x), the distribution function of a gamma variate, from log x.
func gammaCumulative(_ a: Double, logarithm logX: Double) -> Double {
  let x = exp(logX)
  let scale = exp(a * logX - x - lgamma(a))
  guard x >= a + 1 else {
    var (term, sum, k) = (1 / a, 1 / a, a)
    while term > sum * 1e-15 {
      k += 1
      term *= x / k
      sum += term
    }
    return sum * scale
  }
  return 1 - scale / continuedFraction(x + 1 - a) { n in (-n * (n - a), x + 2 * n + 1 - a) }
}

/// I_x(a, b), the distribution function of a beta variate.
func betaCumulative(_ a: Double, _ b: Double, _ x: Double) -> Double {
  guard x > 0 else { return 0 }
  guard x < 1 else { return 1 }
  guard x < (a + 1) / (a + b + 2) else { return 1 - betaCumulative(b, a, 1 - x) }
  let scale = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x)) / a
  return scale
    / continuedFraction(1) { n in
      let m = (n / 2).rounded(.down)
      let isEven = n == 2 * m
      let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
      let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
      return (isEven ? even : odd, 1)
    }
}

/// Φ(x).
func normalCumulative(_ x: Double) -> Double { erfc(-x / 2.0.squareRoot()) / 2 }

/// b₀ + a₁ / (b₁ + a₂ / (b₂ + …)) by Lentz's method.
private func continuedFraction(
  _ b0: Double, _ coefficients: (_ n: Double) -> (a: Double, b: Double)
) -> Double {
  let tiny = 1e-300
  var (value, c, d) = (b0, b0, 0.0)
  for n in 1...100_000 {
    let (a, b) = coefficients(Double(n))
    d = b + a * d
    c = b + a / c
    d = 1 / (d == 0 ? tiny : d)
    c = c == 0 ? tiny : c
    value *= c * d
    if (c * d - 1).magnitude < 1e-14 { break }
  }
  return value
}
