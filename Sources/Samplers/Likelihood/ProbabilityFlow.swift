import Densities
import Kernels
import Networks
import Numerics
import Tensors

/// How the divergence of a flow is found.
public enum FlowDivergence: String, Codable, Sendable, CaseIterable {
  /// The trace of the Jacobian: D derivatives of the network.
  case exact
  /// vᵀ J v for one normal v a point, the same along its whole way: unbiased in log q, one derivative.
  case hutchinson
}

/// What a flow that cannot be integrated tells.
public struct FlowError: Error, Equatable, CustomStringConvertible {
  /// One sentence for the user.
  public let description: String
}

/// A flow between noise and points, with the log-density of both ends.
///
///     x′ = f(x, t),   log q(x at the points' time) = log N(x at the noise's time) - ∫ ∇·f dt
///
/// Rows are integrated in blocks that share their steps; so bits depend on no number of threads.
/// Reference: Chen, Rubanova, Bettencourt and Duvenaud (2018), *Neural ordinary differential equations*,
/// theorem 1, arXiv:1806.07366; Grathwohl et al. (2019), arXiv:1810.01367
final class ProbabilityFlow: @unchecked Sendable {
  private let field: any FlowField
  private let parameters: ParameterSet
  private let dimension: Int
  private let system: ParticleSystem?
  private let divergence: FlowDivergence
  private let tolerance: StepTolerance
  private let probes: RandomStream
  private let pool: ThreadPool
  private let tapes: [Tape]

  /// Rows that share their steps.
  private static let blockRows = 32

  init(
    _ field: any FlowField, _ parameters: ParameterSet, dimension: Int, system: ParticleSystem?,
    _ config: LikelihoodConfig, pool: ThreadPool
  ) {
    (self.field, self.parameters, self.dimension) = (field, parameters, dimension)
    (self.system, self.pool, divergence) = (system, pool, config.divergence)
    tolerance = StepTolerance(
      relative: config.tolerance, absolute: config.tolerance, maximumSteps: config.maximumSteps)
    probes = RandomStream(seed: config.seed).folding(.projections)
    tapes = (0..<pool.threads).map { _ in
      let tape = Tape()
      tape.isRecording = false
      return tape
    }
  }

  /// Dimension of the space that points are in: the mean-free one for particles.
  private var freedom: Double { Double(system?.degreesOfFreedom ?? dimension) }

  /// log q of points, [n, D].
  func logDensity(of points: [Float], _ poll: () throws -> Void) throws -> [Double] {
    let (noise, change) = try carry(points, from: field.pointTime, to: field.noiseTime, poll)
    return zip(logNoise(noise), change).map { $0 + $1 }
  }

  /// Points and log q of each.
  func draw(
    _ count: Int, _ stream: RandomStream, _ poll: () throws -> Void
  ) throws -> (x: [Float], logDensity: [Double]) {
    let noise = noise(count, stream)
    let (points, change) = try carry(noise, from: field.noiseTime, to: field.pointTime, poll)
    return (points, zip(logNoise(noise), change).map { $0 - $1 })
  }

  private func noise(_ count: Int, _ stream: RandomStream) -> [Float] {
    let deviation = Float(field.noiseVariance.squareRoot())
    return normals(count, firstRow: 0, stream).map { $0 * deviation }
  }

  /// Standard normals, mean-free for particles, [count, D].
  private func normals(_ count: Int, firstRow: Int, _ stream: RandomStream) -> [Float] {
    var x = [Float](repeating: 0, count: count * dimension)
    x.withUnsafeMutableBufferPointer { x in
      guard let x = x.baseAddress else { return }
      InstructionSet.active.kernels.normals(
        key: stream.key, step: 0, firstRow: firstRow, rows: count, columns: dimension, to: x)
      system?.removeMean(x, rows: count)
    }
    return x
  }

  /// The log-density of noise, [n].
  private func logNoise(_ x: [Float]) -> [Double] {
    let variance = field.noiseVariance
    let constant = freedom * scalarLog(2 * .pi * variance)
    return stride(from: 0, to: x.count, by: dimension).map { first in
      let square = x[first..<first + dimension].reduce(0.0) { $0 + Double($1) * Double($1) }
      return -0.5 * (square / variance + constant)
    }
  }

  /// Where points get to, and the integral of the divergence on their way.
  private func carry(
    _ x: [Float], from start: Double, to end: Double, _ poll: () throws -> Void
  ) throws -> (x: [Float], change: [Double]) {
    let (rows, d) = (x.count / dimension, dimension)
    var (moved, change) = (x, [Double](repeating: 0, count: rows))
    let blocks = (rows + Self.blockRows - 1) / Self.blockRows
    let stretch = 2 * pool.threads
    for first in stride(from: 0, to: blocks, by: stretch) {
      try poll()
      let here = first..<min(first + stretch, blocks)
      let ends = try carry(
        here.map { block in
          let rows = block * Self.blockRows..<min(rows, (block + 1) * Self.blockRows)
          return FlowBlock(
            rows: rows, state: Array(x[rows.lowerBound * d..<rows.upperBound * d]), start: start,
            end: end)
        })
      for (block, state) in zip(here, ends) {
        let (row, count) = (block * Self.blockRows, state.count / (d + 1))
        for i in 0..<count * d { moved[row * d + i] = state[i] }
        for r in 0..<count { change[row + r] = Double(state[count * d + r]) }
      }
    }
    return (moved, change)
  }

  /// The ends of some blocks, [rows, D] and then the integrals, [rows], of each.
  private func carry(_ blocks: [FlowBlock]) throws -> [[Float]] {
    var ends = [[Float]](repeating: [], count: blocks.count)
    let failures = Failures(count: blocks.count)
    defer { failures.deallocate() }
    ends.withUnsafeMutableBufferPointer { buffer in
      let ends = SharedEnds(values: buffer)
      pool.run(blocks.count) { index, worker in
        failures.keep(index) { ends.values[index] = try integrate(blocks[index], worker) }
      }
    }
    try failures.throwFirst()
    return ends
  }

  private func integrate(_ block: FlowBlock, _ worker: Int) throws -> [Float] {
    let (tape, rows) = (tapes[worker], block.rows.count)
    let probe =
      divergence == .hutchinson
      ? normals(rows, firstRow: block.rows.lowerBound, probes) : []
    let begin = block.state + [Float](repeating: 0, count: rows)
    do {
      return try RungeKutta<Float>.dormandPrince(tolerance).integrate(
        begin, from: block.start, to: block.end
      ) { time, state, slope in
        write(slope, at: state, time, rows, probe, tape)
      }.state
    } catch {
      throw FlowError(
        description: "the flow of rows \(block.rows) cannot be followed: \(error); train longer, "
          + "or allow a larger tolerance")
    }
  }

  /// f and its divergence.
  private func write(
    _ slope: UnsafeMutablePointer<Float>, at state: UnsafePointer<Float>, _ time: Double,
    _ rows: Int, _ probe: [Float], _ tape: Tape
  ) {
    tape.reset()
    let count = rows * dimension
    let context = Context(tape: tape, parameters: ParameterBinding(parameters, gradients: nil))
    let x = tape.constant(at: state, Shape(rows, dimension))
    let f: (Tensor) -> Tensor = { self.field.velocity($0, at: time, context) }
    let velocity: Tensor
    let trace: Tensor
    if divergence == .exact {
      velocity = f(x)
      trace = tape.jacobianTrace(at: x, of: f)
    } else {
      let v = tape.constant(probe, Shape(rows, dimension))
      let (value, derivative) = tape.directionalDerivative(at: x, along: v, of: f)
      velocity = value
      trace = tape.sum(tape.multiply(derivative, v), over: [1])
    }
    slope.update(
      from: velocity.data.assumingMemoryBound(to: Float.self), count: count)
    (slope + count).update(from: trace.data.assumingMemoryBound(to: Float.self), count: rows)
  }
}

/// Rows that are integrated together.
private struct FlowBlock {
  let rows: Range<Int>
  /// [rows, D].
  let state: [Float]
  let start, end: Double
}

/// What threads write, each at indices of its own.
private struct SharedEnds: @unchecked Sendable {
  let values: UnsafeMutableBufferPointer<[Float]>
}
