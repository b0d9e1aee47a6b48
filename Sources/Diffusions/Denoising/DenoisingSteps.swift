import Kernels

/// Which way a trained denoiser is followed from noise to data.
public enum DenoisingSampler: String, Codable, Sendable, CaseIterable {
  /// Ancestral sampling of the process that keeps the variance.
  case ddpm
  /// The same coordinates with η times the noise of ancestral sampling.
  case ddim
  /// Ancestral sampling in coordinates in which noise is added to unshrunk data.
  case ve
  /// Those coordinates on the grid of Karras et al., with churn.
  case edm
}

/// The variance of an ancestral step.
public enum DenoisingVariance: String, Codable, Sendable, CaseIterable {
  /// That of noising: right for data of variance 1.
  case fixedLarge = "fixed-large"
  /// That of noising given the data: right for a single point.
  case fixedSmall = "fixed-small"
  /// Between the two, by the network.
  case learned
}

/// How a chain goes from noise to data.
public struct DenoisingSettings: Sendable, Equatable {
  /// The way.
  public var sampler = DenoisingSampler.ddpm
  /// T, steps.
  public var steps = 100
  /// The variance of ancestral steps.
  public var variance = DenoisingVariance.fixedLarge
  /// η of `ddim`: 0 for as good as no noise, 1 for ancestral sampling.
  public var eta = 1.0
  /// Churn of `edm`: γ = min(churn / T, √2 - 1).
  public var churn = 40.0
  /// The least standard deviation of a step, in units of the data.
  public var leastDeviation = 0.01
  /// The standard deviation of data, by which the network sees them divided.
  public var scale = 1.0

  /// The defaults.
  public init() {}
}

/// One step z → z′ of a chain from noise to data, and back.
///
///     z = A x + S ε,   y = input · z = signal x / scale + noise ε      what the network sees
///     z′ ~ N(state z + estimate x̂, deviation²),                        x̂ the estimate of x
///     z  ~ N(keep z′, spread²)                                         noising
public struct DenoisingStep: Sendable, Equatable {
  /// The noise level, from 0 to L - 1; not always whole.
  public let level: Double
  /// What z is multiplied by for the network.
  public let input: Double
  /// a of what the network sees.
  public let signal: Double
  /// s of what the network sees.
  public let noise: Double
  /// The part of z in the mean.
  public let state: Double
  /// The part of x̂ in the mean.
  public let estimate: Double
  /// The standard deviation.
  public let deviation: Double
  /// Between which a learned deviation lies.
  public let bounds: (small: Double, large: Double)
  /// What noising leaves of z′.
  public let keep: Double
  /// The standard deviation of noising.
  public let spread: Double

  /// Whether all numbers are the same.
  public static func == (a: Self, b: Self) -> Bool {
    a.level == b.level && a.input == b.input && a.signal == b.signal && a.noise == b.noise
      && a.state == b.state && a.estimate == b.estimate && a.deviation == b.deviation
      && a.bounds == b.bounds && a.keep == b.keep && a.spread == b.spread
  }
}

/// The steps of a chain from noise to data: one trained network, sampled in any of these ways.
///
/// A state is z = A x + S ε at a level; A and S follow from the coordinates. A step to A′, S′ draws
///
///     z′ = A′ x̂ + √(S′² - d²) ε̂ + d n,   ε̂ = (z - A x̂) / S
///
/// which has the right law for the next level if x̂ is x, for any d up to S′. With κ² = S² - (A S′ / A′)², the
/// variance of noising,
///
///     ddpm, ve   d = κ S′ / S, and n with deviation κ (fixed-large), κ S′ / S (fixed-small) or between
///     ddim       d = η κ S′ / S
///     edm        d = S′ √(1 - 1 / (1 + γ)²), which is Euler's step after churn with x̂ taken before it
///
/// Reference: Ho, Jain and Abbeel (2020), arXiv:2006.11239, eq. 7; Song, Meng and Ermon (2021), *Denoising
/// diffusion implicit models*, eq. 12, arXiv:2010.02502; Song et al. (2021), arXiv:2011.13456, appendix F;
/// Karras et al. (2022), *Elucidating the design space*, algorithm 2 and eq. 5, arXiv:2206.00364
public struct DenoisingSteps: Sendable {
  /// The steps, [T].
  public let all: [DenoisingStep]
  /// The standard deviation of z_0.
  public let startDeviation: Double

  /// The steps over some noise levels.
  /// - Precondition: from 1 to L steps, positive numbers.
  public init(_ levels: NoiseLevels, _ settings: DenoisingSettings) {
    let grid = Self.grid(levels, settings)
    all = (0..<settings.steps).map { index in
      grid[index].step(to: grid[index + 1], settings)
    }
    let (a, s) = (grid[0].scale, grid[0].spread)
    startDeviation = (s * s + a * a * settings.scale * settings.scale).squareRoot()
  }

  /// The levels visited, and at the end data without noise.
  private static func grid(
    _ levels: NoiseLevels, _ settings: DenoisingSettings
  ) -> [NoisePoint] {
    let (last, steps) = (levels.count - 1, settings.steps)
    func whole(_ step: Int) -> Int {
      let back = (Double(levels.count) * Double(step) / Double(steps)).rounded()
      return max(0, last - Int(back))
    }
    let points: [NoisePoint] =
      switch settings.sampler {
      case .ddpm, .ddim:
        (0..<steps).map { step in
          let level = whole(step)
          let (a, s) = (levels.signal[level], levels.noise[level])
          return NoisePoint(
            level: Double(level), signal: a, noise: s, scale: a, spread: s * settings.scale)
        }
      case .ve:
        (0..<steps).map { step in
          NoisePoint(
            unshrunk: levels.deviation(at: whole(step)), Double(whole(step)), settings.scale)
        }
      case .edm:
        karrasDeviations(
          from: min(80, levels.deviation(at: last)), to: levels.deviation(at: 0), steps
        )
        .map { NoisePoint(unshrunk: $0, levels.level(of: $0), settings.scale) }
      }
    return points + [NoisePoint(level: 0, signal: 1, noise: 0, scale: 1, spread: 0)]
  }
}

/// (σ₁^(1/7) + i / (T - 1) (σ₂^(1/7) - σ₁^(1/7)))⁷.
private func karrasDeviations(from first: Double, to last: Double, _ steps: Int) -> [Double] {
  let (a, b) = (scalarExp(scalarLog(first) / 7), scalarExp(scalarLog(last) / 7))
  return (0..<steps).map { step in
    let part = steps > 1 ? Double(step) / Double(steps - 1) : 0
    return scalarPower(a + part * (b - a), 7)
  }
}

/// One level in the coordinates of a chain: z = scale x + spread ε.
private struct NoisePoint {
  let level, signal, noise, scale, spread: Double

  init(level: Double, signal: Double, noise: Double, scale: Double, spread: Double) {
    (self.level, self.signal, self.noise) = (level, signal, noise)
    (self.scale, self.spread) = (scale, spread)
  }

  /// z = x + σ ε, for data that the network sees divided.
  init(unshrunk deviation: Double, _ level: Double, _ divisor: Double) {
    let signal = 1 / (1 + deviation * deviation).squareRoot()
    self.init(
      level: level, signal: signal, noise: signal * deviation, scale: 1,
      spread: deviation * divisor)
  }

  func step(to next: NoisePoint, _ settings: DenoisingSettings) -> DenoisingStep {
    let keep = scale / next.scale
    let back = (spread * spread - keep * keep * next.spread * next.spread).squareRoot()
    let small = back * next.spread / spread
    let inMean = deviationInMean(small, to: next, settings)
    let left = (max(0, next.spread * next.spread - inMean * inMean)).squareRoot() / spread
    let least = settings.leastDeviation
    let bounds = (small: max(least, small), large: max(least, back))
    let deviation =
      switch settings.sampler {
      case .ddim, .edm: max(least, inMean)
      case .ddpm, .ve: settings.variance == .fixedLarge ? bounds.large : bounds.small
      }
    return DenoisingStep(
      level: level, input: signal / (scale * settings.scale), signal: signal, noise: noise,
      state: left, estimate: next.scale - left * scale, deviation: deviation, bounds: bounds,
      keep: keep, spread: back)
  }

  /// d.
  private func deviationInMean(
    _ small: Double, to next: NoisePoint, _ settings: DenoisingSettings
  ) -> Double {
    switch settings.sampler {
    case .ddpm, .ve: small
    case .ddim: settings.eta * small
    case .edm:
      next.spread * churned(settings.churn / Double(settings.steps))
    }
  }
}

/// √(1 - 1 / (1 + γ)²), γ at most √2 - 1.
private func churned(_ gamma: Double) -> Double {
  let factor = 1 + min(gamma, 2.0.squareRoot() - 1)
  return (1 - 1 / (factor * factor)).squareRoot()
}
