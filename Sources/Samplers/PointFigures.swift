import Densities
import Kernels
import Metrics
import Storage

/// Figures of points whatever drew them: distances to exact samples, the virial identity, modes.
public struct PointFigures {
  let x: [Float]
  private let logDensity: [Double]
  let dimension: Int
  let config: EvaluationConfig
  let pool: ThreadPool

  /// Takes points, [n, D], with log ρ of each, [n].
  /// - Throws: `ConfigError` for settings that make no sense.
  public init(
    _ x: [Float], logDensity: [Double], _ config: EvaluationConfig, pool: ThreadPool = .shared
  ) throws {
    try config.validate()
    precondition(!logDensity.isEmpty && x.count % logDensity.count == 0, "points, [n, D]")
    (self.x, self.logDensity, self.config, self.pool) = (x, logDensity, config, pool)
    dimension = x.count / logDensity.count
  }

  /// All figures that a density has, in the order of the catalogue.
  /// - Throws: what the density and `poll` throw.
  public func all(_ density: any Density, poll: () throws -> Void = {}) throws -> [Metric] {
    let counted = CountedDensity(density)
    var metrics: [Metric] = []
    if let samplable = density as? any SamplableDensity {
      let exact = ExactSamples(samplable, RandomStream(seed: config.seed))
      let points = exact.all(config.samples)
      let values = try counted.logDensity(of: points)
      metrics += try distances(to: exact, values, poll)
      metrics += try particleDistances(density, to: exact, poll)
    }
    return metrics + (try virialFigure(counted)) + modes(density)
  }

  /// Shares of modes, for a density with known ones.
  func modes(_ density: any Density) -> [Metric] {
    guard let multimodal = density as? any MultimodalDensity, multimodal.modeCount > 1 else {
      return []
    }
    let weights = ModeWeights(x, multimodal)
    return [weights.found, weights.unseen, weights.totalVariation, weights.entropicCoverage]
  }

  /// Distances to exact samples, each next to those between pairs of exact sets.
  func distances(
    to exact: ExactSamples, _ exactLogDensity: [Double], _ poll: () throws -> Void
  ) throws -> [Metric] {
    let n = min(config.transportSamples, logDensity.count)
    let d = dimension
    let pairs = pairs(with: exact, n)
    try poll()
    var metrics = [figure("wasserstein-2", transports(pairs, dimension: d), n)]
    try poll()
    let slices = SlicedTransport(
      dimension: d, directions: 64, RandomStream(seed: config.seed).folding(.projections))
    metrics.append(
      figure(
        "sliced-wasserstein-2",
        pairs.map { slices.squared($0.left, $0.right, pool: pool).root }, n))
    if n > 1 {
      let kernel = MaximumMeanDiscrepancy(reference: pairs[0].right, dimension: d)
      let values = pairs.map { kernel.squared($0.left, $0.right, pool: pool) }
      metrics.append(
        values[0].discrepancyMetric(count: n, floors: values.dropFirst().map(\.value)))
    }
    try poll()
    metrics.append(energyFigure(exactLogDensity))
    return metrics
  }

  /// The first points with exact ones, and exact ones with others for the floors.
  func pairs(with exact: ExactSamples, _ count: Int) -> [Pair] {
    [(left: Array(x.prefix(count * dimension)), right: exact.set(0, count))]
      + (1..<config.floorRepeats + 1).map { index in
        (exact.set(2 * index, count), exact.set(2 * index - 1, count))
      }
  }

  /// Two sets of points, [n, D] each.
  typealias Pair = (left: [Float], right: [Float])

  /// W2 of all pairs, one matching a piece.
  private func transports(_ pairs: [Pair], dimension: Int) -> [DistanceEstimate] {
    var results = [DistanceEstimate?](repeating: nil, count: pairs.count)
    results.withUnsafeMutableBufferPointer { buffer in
      let shared = SharedBuffer(buffer)
      pool.run(pairs.count) { index, _ in
        let (left, right) = pairs[index]
        shared.base[index] = transport(left, right, dimension: dimension, .two).root
      }
    }
    return results.compactMap { $0 }
  }

  /// The first distance as a figure, the others its floors.
  func figure(_ name: String, _ distances: [DistanceEstimate], _ count: Int) -> Metric {
    distances[0].metric(name, count: count, floors: distances.dropFirst().map(\.value))
  }

  /// Energy W2 of half as many draws as there are exact energies, which are cut in halves for the floor.
  private func energyFigure(_ exactLogDensity: [Double]) -> Metric {
    let n = max(1, min(logDensity.count, exactLogDensity.count / 2))
    let stream = RandomStream(seed: config.seed).folding(.halves)
    let energies = exactLogDensity.map { -$0 }
    let order = Permutation(of: energies.count)
    let floors = (0..<config.floorRepeats).map { index in
      let shuffled = stream.draw(order, rows: index..<index + 1).map { energies[$0] }
      return lineTransport(Array(shuffled.prefix(n)), Array(shuffled.suffix(n)), .two).root.value
    }
    let distance = energyTransport(
      logDensity.prefix(n).map { -$0 }, Array(energies.prefix(n)))
    return distance.root.metric("energy-wasserstein-2", count: n, floors: floors)
  }

  /// The virial identity; nothing for a density without a score.
  func virialFigure(_ counted: CountedDensity) throws -> [Metric] {
    guard counted.differentiable != nil else { return [] }
    let (n, d) = (min(logDensity.count, config.transportSamples), dimension)
    var (values, score) = ([Float](repeating: 0, count: n), [Float](repeating: 0, count: n * d))
    let confined = counted.base as? any ConfinedDensity
    let first = Array(x.prefix(n * d))
    let points = confined?.confined(first) ?? first
    try points.withUnsafeBufferPointer { x in
      try values.withUnsafeMutableBufferPointer { values in
        try score.withUnsafeMutableBufferPointer { score in
          guard let x = x.baseAddress, let values = values.baseAddress,
            let score = score.baseAddress
          else { return }
          try counted.score(of: Points(x, count: n, dimension: d), logDensity: values, into: score)
        }
      }
    }
    let freedom = Double(confined?.degreesOfFreedom ?? d)
    return [virial(points, score: score, dimension: d, freedom: freedom)]
  }
}
