// log, exp, cosine and whole powers of one double, from additions, multiplications and divisions
// only, so that what is computed from them is the same on every system; the C libraries differ in the
// last bit.
//
// Goals, in order: the same bits everywhere; about 1 ulp; brevity (nothing hot calls these).

private let logTwoHigh = 0x1.62e42fefap-1
private let logTwoLow = 0x1.cf79abc9e3b39p-40

/// The natural logarithm; NaN below 0, -∞ at 0.
///
/// x = 2ⁿ m with m in [√½, √2), s = (m - 1) / (m + 1), log m = 2 (s + s³/3 + s⁵/5 + …); the term
/// s²¹/21 is below 2⁻⁵⁷ of the sum.
package func scalarLog(_ x: Double) -> Double {
  guard x > 0, x.isFinite else { return x == 0 ? -.infinity : x > 0 ? x : .nan }
  var (n, m) = (x.exponent, x.significand)
  if m > 1.4142135623730951 { (n, m) = (n + 1, m / 2) }
  let s = (m - 1) / (m + 1)
  let square = s * s
  var series = 1.0 / 23
  for k in stride(from: 21, through: 3, by: -2) {
    series = (1 / Double(k)).addingProduct(series, square)
  }
  let high = Double(n) * logTwoHigh
  return high + (2 * s + (2 * s * square * series + Double(n) * logTwoLow))
}

/// e to the x.
///
/// x = n log 2 + r with |r| <= log 2 / 2; e^r by its series to r¹⁴/14!.
package func scalarExp(_ x: Double) -> Double {
  guard x < 709.8 else { return x.isNaN ? x : .infinity }
  guard x > -745.2 else { return x.isNaN ? x : 0 }
  let n = (x / (logTwoHigh + logTwoLow)).rounded(.toNearestOrEven)
  let r = (x - n * logTwoHigh) - n * logTwoLow
  var series = 1.0
  for k in stride(from: 14.0, through: 1, by: -1) { series = 1.0.addingProduct(series, r / k) }
  let half = Int(n) / 2
  return series * Double(sign: .plus, exponent: half, significand: 1)
    * Double(sign: .plus, exponent: Int(n) - half, significand: 1)
}

/// cos(πx), exact at multiples of ½; NaN for NaN and infinities.
///
/// x is brought to r in [0, ¼] by symmetries, all exact: the period 2, the sign, cos(π(1 - r)) =
/// -cos πr, and cos πr = sin π(½ - r). The series to y²⁰/20! and y²¹/21!, y = πr, leave 2⁻⁷⁵.
package func scalarCosPi(_ x: Double) -> Double {
  guard x.isFinite else { return .nan }
  let turn = x.magnitude.truncatingRemainder(dividingBy: 2)
  let half = turn > 1 ? 2 - turn : turn
  let (r, sign) = half > 0.5 ? (1 - half, -1.0) : (half, 1.0)
  return sign
    * (r > 0.25 ? alternatingSeries(0.5 - r, odd: true) : alternatingSeries(r, odd: false))
}

/// sin πr where odd, cos πr otherwise, for r in [0, ¼].
private func alternatingSeries(_ r: Double, odd: Bool) -> Double {
  let y = Double.pi * r
  let square = y * y
  var series = 1.0
  for k in stride(from: 20.0, through: 2, by: -2) {
    let n = odd ? k + 1 : k
    series = 1.0.addingProduct(series, -square / (n * (n - 1)))
  }
  return odd ? y * series : series
}

/// x to a whole power n >= 0, by repeated squaring.
package func scalarPower(_ x: Double, _ n: Int) -> Double {
  var (result, square, left) = (1.0, x, n)
  while left > 0 {
    if left & 1 == 1 { result *= square }
    square *= square
    left >>= 1
  }
  return result
}
