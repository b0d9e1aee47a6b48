/// Points with each coordinate in a row of its own, for loops that take four points at once.
///
/// Rows are filled up with zeros to whole fours. Plain multiplications and additions, so the same bits
/// everywhere.
struct PointColumns: Sendable {
  typealias Lanes = SIMD4<Double>

  /// Number of points.
  let count: Int
  /// Number of fours.
  let fours: Int
  /// D.
  let dimension: Int
  private let coordinates: [Lanes]

  /// Reads points, [count, dimension].
  init(_ x: [Float], dimension: Int) {
    let (count, fours) = (x.count / dimension, (x.count / dimension + 3) / 4)
    (self.count, self.fours, self.dimension) = (count, fours, dimension)
    coordinates = (0..<dimension * fours).map { index in
      var lanes = Lanes()
      for lane in 0..<4 {
        let point = index % fours * 4 + lane
        if point < count { lanes[lane] = Double(x[point * dimension + index / fours]) }
      }
      return lanes
    }
  }

  /// The squared distances of a point of another set to four points here.
  @inline(__always)
  func squaredDistances(to point: Int, of other: PointColumns, four: Int) -> Lanes {
    var sum = Lanes()
    for d in 0..<dimension {
      let here = Lanes(repeating: other[point, d])
      let difference = coordinates.withUnsafeBufferPointer { $0[d * fours + four] } - here
      sum += difference * difference
    }
    return sum
  }

  /// A coordinate of a point.
  @inline(__always)
  subscript(point: Int, d: Int) -> Double { coordinates[d * fours + point / 4][point % 4] }
}

/// e to the x for x <= 0, within 1e-15 of the value; 0 is 1 exactly, and below -700 is e^-700.
///
/// x = n log 2 + r; e^r by its series to r¹³/13!; n goes into the exponent's bits.
@inline(__always)
func exponential(ofNegative x: SIMD4<Double>) -> SIMD4<Double> {
  typealias Lanes = SIMD4<Double>
  let lowest = Lanes(repeating: -700)
  let bounded = x.replacing(with: lowest, where: x .< lowest)
  // Adding 1.5 · 2⁵² rounds to a whole number and leaves it in the low bits.
  let magic = Lanes(repeating: 0x1.8p52)
  let shifted = bounded * Lanes(repeating: 0x1.71547652b82fep0) + magic
  let n = shifted - magic
  let r =
    (bounded - n * Lanes(repeating: 0x1.62e42fefap-1)) - n * Lanes(repeating: 0x1.cf79abc9e3b39p-40)
  var series = Lanes(repeating: 1)
  for k in stride(from: 13.0, through: 1, by: -1) {
    series = Lanes(repeating: 1) + series * (r * Lanes(repeating: 1 / k))
  }
  let exponent = (unsafeBitCast(shifted, to: SIMD4<Int64>.self) &<< 52)
  return unsafeBitCast(unsafeBitCast(series, to: SIMD4<Int64>.self) &+ exponent, to: Lanes.self)
}

/// The sum of four lanes, in pairs.
@inline(__always)
func laneSum(_ x: SIMD4<Double>) -> Double { (x[0] + x[1]) + (x[2] + x[3]) }
