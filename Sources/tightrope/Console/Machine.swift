import Kernels
import Storage

/// What the system says of the machine; nil for what it does not say.
struct Machine {
  /// Memory, in bytes.
  let memory: Int?
  /// Memory that can be had without taking it from others, in bytes.
  let freeMemory: Int?
  /// Bytes that a container allows its processes together.
  let memoryLimit: Int?
  /// Processors' worth of time that a container allows its processes together.
  let processorLimit: Double?
  /// Threads that wanted to run, on average over the last minute.
  let load: Double?

  init() {
    let lines = text("/proc/meminfo").split(separator: "\n")
    memory = kibibytes("MemTotal:", in: lines)
    freeMemory = kibibytes("MemAvailable:", in: lines)
    memoryLimit = words(text("/sys/fs/cgroup/memory.max")).first.flatMap { Int($0) }
    let time = words(text("/sys/fs/cgroup/cpu.max")).map { Double($0) }
    processorLimit = time.count == 2 ? time[0].flatMap { quota in time[1].map { quota / $0 } } : nil
    load = words(text("/proc/loadavg")).first.flatMap { Double($0) }
  }

  /// The memory that this process can hope for, in bytes.
  var availableMemory: Int? { [freeMemory, memoryLimit].compactMap { $0 }.min() }
}

private func text(_ path: String) -> String {
  (try? readFile(path)).map { String(decoding: $0, as: UTF8.self) } ?? ""
}

private func words(_ text: String) -> [Substring] { text.split { " \n".contains($0) } }

private func kibibytes(_ key: String, in lines: [Substring]) -> Int? {
  let line = lines.first { $0.hasPrefix(key) }
  return line.flatMap { Int(words(String($0)).dropFirst().first ?? "") }.map { $0 << 10 }
}
