import Diffusions
import KernelTables
import Kernels
import Objectives
import TestSupport
import Testing

@Suite("The pinned Brownian process")
struct PinnedBrownianTests {
  static let processes: [ProcessConfig] = [1, 2, 7, 100].flatMap { steps in
    [0.3, 1, 5].map { variance in
      var config = ProcessConfig()
      (config.steps, config.variance) = (steps, variance)
      return config
    }
  }

  /// log N(residual; 0, variance) summed over coordinates.
  func logNormal(_ residual: [Double], _ variance: Double) -> Double {
    residual.reduce(0) { $0 - 0.5 * ($1 * $1 / variance + scalarLog(2 * .pi * variance)) }
  }

  /// Σ log P_F and Σ log P_B of one path, [T + 1, dimension], for zero drift and raw variance.
  func logDensities(
    _ steps: StepTable, _ path: [[Double]]
  ) -> (forward: Double, backward: Double) {
    var (forward, backward) = (0.0, 0.0)
    let d = path[0].count
    for (i, step) in steps.coefficients.enumerated() {
      var (x, next, zero) = (path[i], path[i + 1], [Double](repeating: 0, count: d))
      var (f, b) = (0.0, 0.0)
      x.withUnsafeMutableBytes { x in
        next.withUnsafeMutableBytes { next in
          zero.withUnsafeMutableBytes { zero in
            guard let x = x.baseAddress, let next = next.baseAddress, let zero = zero.baseAddress
            else { return }
            let buffers = GaussianStepBuffers(
              x: x, next: next, drift: zero, raw: UnsafeRawPointer(zero), rows: 1, dimension: d)
            ReferenceKernels.logForward(step, buffers, to: &f)
            ReferenceKernels.logBackward(step, buffers, to: &b)
          }
        }
      }
      forward += f
      backward += b
    }
    return (forward, backward)
  }

  func path(_ steps: Int, _ dimension: Int) -> [[Double]] {
    var path = [[Double](repeating: 0, count: dimension)]
    for i in 0..<steps {
      let noise = spread(dimension, seed: UInt64(i))
      path.append((0..<dimension).map { path[i][$0] + 0.5 * Double(noise[$0]) })
    }
    return path
  }

  @Test(
    "has bridge kernels that multiply with the end's density to that of the path",
    arguments: processes, [1, 2, 10])
  func bridges(_ config: ProcessConfig, _ dimension: Int) throws {
    let process = StepTable(try PathProcess(config))
    let path = path(config.steps, dimension)
    let brownian = (0..<config.steps).reduce(0.0) { sum, i in
      let residual = zip(path[i + 1], path[i]).map { $0 - $1 }
      return sum + logNormal(residual, config.variance / Double(config.steps))
    }
    let (forward, backward) = logDensities(process, path)
    let end = logNormal(path[config.steps], config.variance)
    expect(forward, equals: brownian, within: .relative(1e-10))
    expect(backward + end, equals: brownian, within: .relative(1e-10))
  }

  /// The exact optimum, density N(0, σ² I) and zero drift, on paths as wild as exploration's.
  @Test("leaves trajectory balance no residual on any path", arguments: processes, [1, 2, 10])
  func residual(_ config: ProcessConfig, _ dimension: Int) throws {
    let path = path(config.steps, dimension)
    let (forward, backward) = try logDensities(StepTable(PathProcess(config)), path)
    var record = PathRecord(paths: 1, steps: 1)
    (record.logForward, record.logBackward) = ([forward], [backward])
    record.logDensity = [logNormal(path[config.steps], config.variance)]
    expect(record.logRatio(of: 0), equals: 0, within: .absolute(1e-9))
    var adjoints = PathAdjoints(for: record)
    let loss = TrajectoryBalance().evaluate(record, logZ: 0, adjoints: &adjoints)
    expect(loss, equals: 0, within: .absolute(1e-18))
  }

  @Test("starts from 0 for certain and walks in equal steps", arguments: processes)
  func facts(_ config: ProcessConfig) throws {
    let process = try PathProcess(config)
    let table = StepTable(process)
    #expect(!process.hasRandomStart && process.transitions(7) == 7)
    #expect(table.steps == config.steps && table.coefficients.count == config.steps)
    #expect(table.coefficients[0].backwardRetention == 0)
    #expect(table.coefficients[0].backwardVariance == 0)
    #expect(table.startTimes.first == 0 && table.endTimes.last == 1)
    for step in table.coefficients {
      expect(step.duration, equals: 1 / Double(config.steps), within: .relative(1e-12))
    }
  }

  @Test("learns no variance where it is told not to")
  func fixedVariance() throws {
    var config = ProcessConfig()
    config.learnedVariance = false
    #expect(try StepTable(PathProcess(config)).coefficients.allSatisfy { $0.logVarianceRange == 0 })
    config.learnedVariance = true
    #expect(try StepTable(PathProcess(config)).coefficients.allSatisfy { $0.logVarianceRange == 4 })
  }
}
