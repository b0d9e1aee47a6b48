import Chains
import Densities
import Foundation
import Kernels
import Storage
import TestSupport
import Testing

/// A kernel with overrides of its defaults.
func kernel(_ name: String, _ settings: JSONValue = .object(JSONObject())) throws
  -> any MarkovKernel
{
  try markovKernels.entry(name).make(settings)
}

/// A built-in density.
func builtIn(_ name: String, _ settings: JSONValue = .object(JSONObject())) throws -> any Density {
  try densities.entry(name).make(settings)
}

/// A Gaussian with independent coordinates j = 0, 1, … of mean j - 2 and standard deviation 0.5 + 0.3 j.
struct SlantedGaussian {
  let dimension = 5
  func mean(_ j: Int) -> Double { Double(j) - 2 }
  func deviation(_ j: Int) -> Double { 0.5 + 0.3 * Double(j) }

  /// Its density, as a user gives one.
  var density: DifferentiableFunctionDensity {
    DifferentiableFunctionDensity(dimension: dimension) { x, values, score in
      for row in 0..<x.count {
        var sum: Float = 0
        for j in 0..<dimension {
          let width = Float(deviation(j))
          let z = (x.data[row * dimension + j] - Float(mean(j))) / width
          sum -= z * z / 2
          if let score { score[row * dimension + j] = -z / width }
        }
        values[row] = sum
      }
    }
  }

  /// Exact samples at a temperature.
  func sample(_ count: Int, seed: UInt64, temperature: Double = 1) -> [Float] {
    let z = RandomStream(seed: seed).draw(Normal(), rows: 0..<count, columns: dimension)
    return z.enumerated().map {
      let j = $0 % dimension
      return Float(mean(j) + deviation(j) * temperature.squareRoot() * $1)
    }
  }

  /// The cumulative distribution of a coordinate.
  func cumulative(_ j: Int) -> (Double) -> Double {
    { 0.5 * erfc(-($0 - mean(j)) / deviation(j) / 2.0.squareRoot()) }
  }
}

/// Exact samples of a density that has them.
func exactSamples(_ density: any Density, _ count: Int, seed: UInt64) throws -> [Float] {
  let samplable = try #require(density as? any SamplableDensity)
  var x = [Float](repeating: 0, count: count * density.dimension)
  samplable.sample(count, firstRow: 0, RandomStream(seed: seed), into: &x)
  return x
}

/// Normals around 0, [count, dimension].
func wideStarts(_ count: Int, _ dimension: Int, seed: UInt64) -> [Float] {
  RandomStream(seed: seed).draw(Normal(), rows: 0..<count, columns: dimension).map { Float($0) }
}

extension MarkovChains {
  func start(at x: [Float]) throws {
    try x.withUnsafeBufferPointer {
      guard let base = $0.baseAddress else { return }
      try start(from: Points(base, count: state.chains, dimension: state.dimension))
    }
  }

  /// The points of the chains themselves, [chains, D].
  var points: [Float] {
    (0..<state.chains).flatMap { chain in
      (0..<state.dimension).map {
        state.x[chain * state.replicas * state.dimension + $0]
      }
    }
  }

  /// The time average of some functions over steps after burn-in, for each chain: [functions][chains].
  func averages(
    _ stream: RandomStream, burnIn: Int, steps: Int,
    of functions: [(UnsafePointer<Float>) -> Double]
  ) throws -> [[Double]] {
    for _ in 0..<burnIn { try step(stream, adapting: true) }
    var sums = functions.map { _ in [Double](repeating: 0, count: state.chains) }
    for _ in 0..<steps {
      try step(stream)
      for (f, function) in functions.enumerated() {
        for chain in 0..<state.chains {
          sums[f][chain] += function(state.x + chain * state.replicas * state.dimension)
        }
      }
    }
    return sums.map { $0.map { $0 / Double(steps) } }
  }
}

extension LocalSearch {
  func run(at x: [Float], _ stream: RandomStream) throws -> LocalSearchResult {
    try x.withUnsafeBufferPointer {
      let state = chains.state
      let base = try #require($0.baseAddress)
      return try run(
        from: Points(base, count: state.chains, dimension: state.dimension), stream: stream)
    }
  }
}
