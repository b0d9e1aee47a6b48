import Kernels
import Metrics
import Reports

/// Known problems with what surrounds the program: settings, processors, memory, other libraries.
struct Surroundings {
  /// Threads that work is shared out to.
  let threads: Int
  let machine: Machine

  var findings: [Finding] {
    [instructions, processors, openMP, memory, load].compactMap { $0 }
  }

  private var instructions: Finding {
    let name = "instructions"
    if let problem = InstructionSet.selectionProblem { return Finding(name, .fail, problem) }
    let (active, best) = (InstructionSet.active, InstructionSet.available[0])
    if active != best {
      return Finding(
        name, .warn,
        "TIGHTROPE_ISA chooses \(active.rawValue), and \(best.rawValue) is faster; bits are the same"
      )
    }
    if active == .portable {
      return Finding(
        name, .warn, "no AVX2 here: training is several times slower than on processors with it")
    }
    return Finding(name, .ok, "\(active.rawValue) is the best of this processor")
  }

  private var processors: Finding {
    let name = "threads"
    if let problem = ThreadPool.selectionProblem { return Finding(name, .fail, problem) }
    let count = ThreadPool.processors
    if threads > count {
      return Finding(
        name, .warn,
        "\(counted(threads, "thread")) on \(counted(count, "processor")) wait for each other; "
          + "choose at most \(count) by TIGHTROPE_NUM_THREADS")
    }
    if let limit = machine.processorLimit, Double(threads) > limit.rounded(.up) {
      return Finding(
        name, .warn,
        "the container allows \(figure(limit)) processors' time for \(counted(threads, "thread")); "
          + "set TIGHTROPE_NUM_THREADS=\(max(1, Int(limit)))")
    }
    return Finding(name, .ok, "\(counted(threads, "thread")) on \(counted(count, "processor"))")
  }

  /// Threads of OpenMP spin for a while after their work, on processors that are wanted.
  private var openMP: Finding {
    let name = "OpenMP"
    guard let text = environment("OMP_NUM_THREADS"), !text.isEmpty else {
      return Finding(
        name, .ok,
        "OMP_NUM_THREADS is not set; where a density calls PyTorch or NumPy's BLAS, 1 may be faster"
      )
    }
    let first = text.split(separator: ",").first.flatMap { Int($0) } ?? 1
    if first > 1, threads > 1 {
      return Finding(
        name, .warn,
        "OMP_NUM_THREADS is \(text): where a density calls PyTorch or NumPy's BLAS, its threads and "
          + "ours want the same processors; set it to 1")
    }
    return Finding(name, .ok, "OMP_NUM_THREADS is \(text)")
  }

  private var memory: Finding? {
    guard let available = machine.availableMemory else { return nil }
    let size = "\(gigabytes(available)) to be had"
    return available < 1 << 29
      ? Finding("memory", .warn, size + "; large runs may be ended by the system")
      : Finding("memory", .ok, size)
  }

  private var load: Finding? {
    guard let load = machine.load else { return nil }
    let wanted = "\(figure(load)) threads wanted to run in the last minute"
    return load > Double(ThreadPool.processors)
      ? Finding("load", .warn, wanted + ": times measured now say little")
      : Finding("load", .ok, wanted)
  }
}

/// Bytes for people.
func gigabytes(_ bytes: Int) -> String { figure(Double(bytes) / 1e9) + " GB" }
