import Kernels

// Calibration of posteriors by simulation: θ from the prior, data from θ, draws from what is claimed to be
// the posterior. Under the true posterior θ is one more draw, so its rank among L draws, of any function, is
// uniform on 0 … L.
//
// Reference: Talts, Betancourt, Simpson, Vehtari and Gelman (2018), *Validating Bayesian inference algorithms
// with simulation-based calibration*, arXiv:1804.06788

/// The rank of each truth among the draws for its data, coordinate by coordinate: how many are smaller.
///
/// With -log ρ in the place of coordinates, ranks are levels of highest-density regions. Ties count half,
/// and halves are rounded up in every second simulation.
/// - Parameters:
///   - truths: [S, D].
///   - draws: [S, L, D].
///   - dimension: D.
/// - Returns: [S, D].
public func calibrationRanks(_ truths: [Double], _ draws: [Double], dimension: Int) -> [Int] {
  let count = truths.count
  guard count > 0 else { return [] }
  let simulations = count / dimension
  let each = draws.count / count
  return (0..<count).map { place in
    let (simulation, j) = (place / dimension, place % dimension)
    var (smaller, equal) = (0, 0)
    for l in 0..<each {
      let value = draws[(simulation * each + l) * dimension + j]
      if value < truths[place] { smaller += 1 } else if value == truths[place] { equal += 1 }
    }
    return smaller + (equal + (simulations > 1 ? simulation % 2 : 0)) / 2
  }
}

/// The rank of each truth's distance to a point of reference among those of the draws for its data.
///
/// Under the true posterior these too are uniform, and if they are for enough points of reference, the
/// posterior is the true one: what is wrong with the dependence of coordinates shows. The point for
/// a simulation is the truth of another, chosen by lot; coordinates are divided by the truths' standard
/// deviations.
/// Reference: Lemos, Coogan, Hezaveh and Perreault-Levasseur (2023), *Sampling-based accuracy testing of
/// posterior estimators for general inference*, arXiv:2302.03026
/// - Parameters:
///   - truths: [S, D], S at least 2.
///   - draws: [S, L, D].
///   - dimension: D.
///   - stream: Chooses the points.
/// - Returns: [S].
public func distanceRanks(
  _ truths: [Double], _ draws: [Double], dimension: Int, _ stream: RandomStream
) -> [Int] {
  let simulations = truths.count / dimension
  precondition(simulations > 1, "distance ranks: there must be another truth")
  let each = draws.count / truths.count
  let widths = (0..<dimension).map { j in
    SpreadOf(stride(from: j, to: truths.count, by: dimension).map { truths[$0] }).deviation
  }
  func distance(_ a: [Double], _ i: Int, _ reference: Int) -> Double {
    var sum = 0.0
    for j in 0..<dimension {
      let step = (a[i * dimension + j] - truths[reference * dimension + j]) / max(widths[j], 1e-300)
      sum += step * step
    }
    return sum
  }
  return (0..<simulations).map { simulation in
    var words = stream.words(of: .integer, row: simulation)
    let other = IntegerBelow(simulations - 1).draw(&words)
    let reference = other < simulation ? other : other + 1
    let own = distance(truths, simulation, reference)
    return (0..<each).count { distance(draws, simulation * each + $0, reference) < own }
  }
}

/// The standard deviation of numbers.
private struct SpreadOf {
  let deviation: Double

  init(_ x: [Double]) {
    let mean = x.reduce(0, +) / Double(x.count)
    let square = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    deviation = (square / Double(max(1, x.count - 1))).squareRoot()
  }
}
