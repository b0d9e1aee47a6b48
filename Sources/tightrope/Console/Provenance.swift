import Kernels
import Storage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#endif

/// Command, date and machine, for reports that are kept.
func provenanceReport(_ pool: ThreadPool) -> JSONValue {
  var report = environmentReport(pool).object ?? JSONObject()
  report["processor"] = .string(processorName)
  report["date"] = .string(date())
  report["command"] = .string(CommandLine.arguments.map(quoted).joined(separator: " "))
  return .object(report)
}

/// The processor as the system calls it, or "unknown".
let processorName: String = {
  let text = (try? readFile("/proc/cpuinfo")).map { String(decoding: $0, as: UTF8.self) } ?? ""
  for line in text.split(separator: "\n") where line.hasPrefix("model name") {
    let name = line.split(separator: ":", maxSplits: 1).last ?? ""
    return name.split(separator: " ").joined(separator: " ")
  }
  return "unknown"
}()

/// Today's date in UTC, as 2025-03-14.
private func date() -> String {
  var now = time(nil)
  var parts = tm()
  gmtime_r(&now, &parts)
  var text = [CChar](repeating: 0, count: 32)
  strftime(&text, text.count, "%Y-%m-%d", &parts)
  return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
