#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#endif

/// A number for reading: four significant digits.
package func figure(_ x: Double) -> String {
  guard x.isFinite else { return x.isNaN ? "nan" : x < 0 ? "-inf" : "inf" }
  guard x != 0 else { return "0" }
  let text = formatted("%.4g", x)
  guard text.contains("e"), x.magnitude >= 1, x.magnitude < 1e7 else { return text }
  return grouped(Int(x.rounded()))
}

/// A count with a comma between thousands.
package func grouped(_ count: Int) -> String {
  var digits = String(count.magnitude)
  var groups: [String] = []
  while digits.count > 3 {
    groups.insert(String(digits.suffix(3)), at: 0)
    digits.removeLast(3)
  }
  return (count < 0 ? "-" : "") + ([digits] + groups).joined(separator: ",")
}

/// A count and what is counted: "1 step", "2,500 steps".
package func counted(_ count: Int, _ noun: String) -> String {
  grouped(count) + " " + noun + (count == 1 ? "" : "s")
}

/// A length of time: "0.42 s", "12.3 s", "2 min 05 s", "3 h 07 min".
package func duration(_ seconds: Double) -> String {
  if seconds < 1 { return formatted("%.2f s", seconds) }
  if seconds < 60 { return formatted("%.1f s", seconds) }
  let whole = Int(seconds.rounded())
  if whole < 3600 { return formatted("%d min %02d s", whole / 60, whole % 60) }
  return formatted("%d h %02d min", whole / 3600, whole / 60 % 60)
}

/// A length of time as a clock shows it: "0:07", "12:30", "1:05:09".
package func clock(_ seconds: Double) -> String {
  let whole = Int(min(max(0, seconds.rounded()), 1e9))
  let (hours, minutes) = (whole / 3600, whole / 60 % 60)
  if hours > 0 { return formatted("%d:%02d:%02d", hours, minutes, whole % 60) }
  return formatted("%d:%02d", minutes, whole % 60)
}

/// Seconds of a stretch of time.
package func seconds(_ duration: Duration) -> Double {
  Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
}

/// The text that C's `printf` makes of numbers.
private func formatted(_ format: String, _ numbers: any CVarArg...) -> String {
  var text = [CChar](repeating: 0, count: 64)
  _ = withVaList(numbers) { vsnprintf(&text, text.count, format, $0) }
  return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
