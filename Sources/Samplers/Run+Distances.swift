import Densities
import Kernels
import Metrics

extension Run {
  /// The figures that paths drawn backwards from exact samples give.
  func reverseFigures(
    _ forward: [Double], _ backward: [Double], truth: Double?
  ) -> [Metric] {
    let lower = elbo(forward, truth: truth).value
    return [
      eubo(backward, truth: truth, elbo: lower),
      evidenceGap(forward: forward, backward: backward),
      reverseLogNormalizer(backward, truth: truth),
    ]
  }

  /// Distances of draws to exact samples, each next to those between pairs of exact sets.
  func distances(
    _ draws: Draws, _ exact: ExactSamples, _ exactLogDensity: [Double],
    _ config: EvaluationConfig, _ poll: () throws -> Void
  ) throws -> [Metric] {
    let n = min(config.transportSamples, draws.count)
    let d = draws.dimension
    var pairs = [(left: Array(draws.x.prefix(n * d)), right: exact.set(0, n))]
    for index in 1..<config.floorRepeats + 1 {
      pairs.append((exact.set(2 * index, n), exact.set(2 * index - 1, n)))
    }
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
    metrics.append(energyFigure(draws, exactLogDensity, config))
    return metrics
  }

  /// W2 of all pairs, one matching a piece.
  private func transports(
    _ pairs: [(left: [Float], right: [Float])], dimension: Int
  ) -> [DistanceEstimate] {
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
  private func figure(_ name: String, _ distances: [DistanceEstimate], _ count: Int) -> Metric {
    distances[0].metric(name, count: count, floors: distances.dropFirst().map(\.value))
  }

  /// Energy W2 of half as many draws as there are exact energies, which are cut in halves for the floor.
  private func energyFigure(
    _ draws: Draws, _ exactLogDensity: [Double], _ config: EvaluationConfig
  ) -> Metric {
    let n = max(1, min(draws.count, exactLogDensity.count / 2))
    let stream = RandomStream(seed: config.seed).folding(.halves)
    let energies = exactLogDensity.map { -$0 }
    let order = Permutation(of: energies.count)
    let floors = (0..<config.floorRepeats).map { index in
      let shuffled = stream.draw(order, rows: index..<index + 1).map { energies[$0] }
      return lineTransport(Array(shuffled.prefix(n)), Array(shuffled.suffix(n)), .two).root.value
    }
    let distance = energyTransport(
      draws.logDensity.prefix(n).map { -$0 }, Array(energies.prefix(n)))
    return distance.root.metric("energy-wasserstein-2", count: n, floors: floors)
  }
}
