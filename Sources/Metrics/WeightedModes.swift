import Densities
import Kernels

/// The masses of known modes by weighted draws of something else.
public struct WeightedModes: Sendable {
  /// The mass of each mode, factor after factor.
  public let masses: [Double]
  /// How many independent draws they are worth.
  public let effectiveCount: Double
  private let factors: Int

  /// Adds up the weights in each mode, of draws [count, D].
  public init(_ x: [Float], logWeights: [Double], _ density: some MultimodalDensity) {
    let (dimension, modes) = (density.dimension, density.modeCount)
    let largest = logWeights.max() ?? 0
    var masses = [Double](repeating: 0, count: density.factors * modes)
    var total = 0.0
    x.withUnsafeBufferPointer { x in
      guard let base = x.baseAddress, largest.isFinite else { return }
      for (row, logWeight) in logWeights.enumerated() {
        let weight = scalarExp(logWeight - largest)
        total += weight
        for factor in 0..<density.factors {
          masses[factor * modes + density.mode(of: base + row * dimension, factor: factor)] +=
            weight
        }
      }
    }
    self.masses = masses.map { $0 / max(total, .leastNormalMagnitude) }
    effectiveCount = effectiveSampleSize(logWeights)
    factors = density.factors
  }

  /// Total variation to the shares of draws, its mean over the factors; the floor is that of two exact samples.
  public func distance(to draws: ModeWeights) -> Metric {
    let half = 0.5 / Double(factors)
    let distance = half * zip(draws.shares, masses).reduce(0) { $0 + ($1.0 - $1.1).magnitude }
    let rate = 1 / Double(max(1, draws.count)) + 1 / max(1, effectiveCount)
    let floor = masses.reduce(0) { $0 + half * (2 * $1 * (1 - $1) * rate / .pi).squareRoot() }
    let verdict: Verdict = distance < 3 * floor ? .ok : distance < 0.3 ? .warn : .fail
    return Metric(
      "prior-mode-weight-distance", distance, count: draws.count, truth: 0, floor: floor, verdict,
      "exact draws of that posterior score about \(short(floor)) at these counts")
  }
}
