import Kernels

/// From values to places along one side of a chart.
struct Axis {
  /// What is along it.
  let label: String
  /// The values at its ends.
  let low: Double
  let high: Double
  /// Whether equal ratios are equally far apart.
  var isLogarithmic = false

  /// An axis that holds all finite values, with a little room; positive ones only where it is logarithmic.
  init(_ label: String, holding values: [Double], isLogarithmic: Bool = false) {
    let known = values.filter { $0.isFinite && (!isLogarithmic || $0 > 0) }
    let (least, most) = (known.min() ?? 0, known.max() ?? 1)
    self.label = label
    self.isLogarithmic = isLogarithmic && most > least
    if self.isLogarithmic {
      (low, high) = (least / 1.2, most * 1.2)
    } else {
      let room = most > least ? 0.04 * (most - least) : max(0.5, 0.05 * most.magnitude)
      (low, high) = (least - room, most + room)
    }
  }

  /// An axis from one value to another.
  init(_ label: String, from low: Double, to high: Double) {
    (self.label, self.low, self.high) = (label, low, high)
  }

  /// 0 at the low end, 1 at the high end; nil for what is not on the axis.
  func fraction(_ value: Double) -> Double? {
    guard value.isFinite, low <= value, value <= high else { return nil }
    guard isLogarithmic else { return (value - low) / (high - low) }
    return scalarLog(value / low) / scalarLog(high / low)
  }

  /// Round values, from three to eight of them where there are as many.
  var ticks: [Double] {
    if isLogarithmic {
      let powers = (-300...300).map { power(of: 10, $0) }.filter { low <= $0 && $0 <= high }
      if powers.count >= 2 {
        let stride = (powers.count + 7) / 8
        return powers.enumerated().filter { $0.offset % stride == 0 }.map(\.element)
      }
    }
    let step = Axis.roundStep((high - low) / 5)
    let first = (low / step).rounded(.up)
    let last = (high / step).rounded(.down)
    guard first <= last, last - first < 50 else { return [low, high] }
    return stride(from: first, through: last, by: 1).map { $0 * step }
  }

  /// The least of 1, 2 and 5 times a power of ten that is not below a length.
  private static func roundStep(_ length: Double) -> Double {
    guard length > 0, length.isFinite else { return 1 }
    var unit = 1.0
    while unit > length { unit /= 10 }
    while unit * 10 <= length { unit *= 10 }
    return [1, 2, 5, 10].map { $0 * unit }.first { $0 >= length } ?? unit
  }

  private func power(of base: Double, _ exponent: Int) -> Double {
    let magnitude = (0..<abs(exponent)).reduce(1.0) { value, _ in value * base }
    return exponent < 0 ? 1 / magnitude : magnitude
  }
}
