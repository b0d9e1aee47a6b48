import Diffusions
import TestSupport
import Testing

@Suite("The steps of a denoising chain")
struct DenoisingStepsTests {
  private func settings(
    _ sampler: DenoisingSampler, _ steps: Int, _ variance: DenoisingVariance = .fixedSmall
  ) -> DenoisingSettings {
    var settings = DenoisingSettings()
    (settings.sampler, settings.steps, settings.variance) = (sampler, steps, variance)
    (settings.leastDeviation, settings.scale) = (1e-12, 3)
    return settings
  }

  /// A and S of the state before a step, from what the network sees.
  private func law(_ step: DenoisingStep, scale: Double) -> (signal: Double, noise: Double) {
    (step.signal / (step.input * scale), step.noise / step.input)
  }

  @Test(
    "give the next level its law where the estimate is the truth",
    arguments: DenoisingSampler.allCases, [1, 2, 7, 100])
  func marginals(_ sampler: DenoisingSampler, _ count: Int) {
    for schedule in VarianceSchedule.allCases {
      for eta in [0, 0.4, 1] {
        var settings = settings(sampler, count)
        settings.eta = eta
        let steps = DenoisingSteps(NoiseLevels(schedule, count: 100), settings).all
        for (index, step) in steps.enumerated() {
          let (a, s) = law(step, scale: 3)
          let (b, t) = index + 1 < count ? law(steps[index + 1], scale: 3) : (1, 0)
          expect(step.state * a + step.estimate, equals: b, within: .relative(1e-9))
          let variance = step.state * step.state * s * s + step.deviation * step.deviation
          expect(variance, equals: t * t, within: .scaled(1e-9))
          expect(step.keep * b, equals: a, within: .relative(1e-9))
          let noised = step.keep * step.keep * t * t + step.spread * step.spread
          expect(noised, equals: s * s, within: .relative(1e-9))
        }
      }
    }
  }

  @Test("are those of Ho, Jain and Abbeel where every level is visited")
  func published() {
    let levels = NoiseLevels(.linear, count: 1000)
    var settings = settings(.ddpm, 1000, .fixedLarge)
    settings.scale = 1
    let steps = DenoisingSteps(levels, settings)
    let t = 500
    let step = steps.all[999 - t]
    let (now, before) = (
      levels.signal[t] * levels.signal[t], levels.signal[t - 1] * levels.signal[t - 1]
    )
    let alpha = now / before
    #expect(step.level == Double(t))
    expect(step.deviation * step.deviation, equals: 1 - alpha, within: .relative(1e-9))
    expect(
      step.state, equals: alpha.squareRoot() * (1 - before) / (1 - now), within: .relative(1e-9))
    expect(
      step.estimate, equals: before.squareRoot() * (1 - alpha) / (1 - now), within: .relative(1e-9))
    expect(1 - alpha, equals: 1e-4 + 0.0199 * 500 / 999, within: .relative(1e-6))
    expect(now, equals: 0.078, within: .relative(0.02))
    expect(steps.startDeviation, equals: 1, within: .relative(1e-9))
  }

  @Test("find a level by its deviation")
  func levels() {
    let levels = NoiseLevels(.cosine, count: 50)
    for level in [0, 1, 17, 48] {
      expect(
        levels.level(of: levels.deviation(at: level)), equals: Double(level), within: .scaled(1e-9))
    }
    let between = (levels.deviation(at: 7) * levels.deviation(at: 8)).squareRoot()
    expect(levels.level(of: between), equals: 7.5, within: .relative(1e-9))
    #expect(levels.level(of: 1e9) == 49 && levels.level(of: 0) == 0)
  }
}
