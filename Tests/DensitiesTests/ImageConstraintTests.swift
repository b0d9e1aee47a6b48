import Densities
import Kernels
import Storage
import Tasks
import TestSupport
import Testing

@Suite("Constraints on images")
struct ImageConstraintTests {
  private func values(
    _ density: any DifferentiableDensity, _ x: [Float]
  ) throws -> (values: [Float], scores: [Float]) {
    let count = x.count / density.dimension
    var (values, scores) = ([Float](repeating: 0, count: count), x)
    try x.withUnsafeBufferPointer { x in
      guard let x = x.baseAddress else { return }
      try density.logDensity(
        of: Points(x, count: count, dimension: density.dimension), into: &values, score: &scores)
    }
    return (values, scores)
  }

  @Test("tell digits apart that the classifier has not seen")
  func accuracy() throws {
    let digits = ImageSet.digits
    let held = 1697..<1797
    let pixels = digits.signedImages(of: [], in: held)
    let classifier = try ClassifierCache.classifier(of: digits)
    let logarithms = classifier.logProbabilities(of: pixels)
    let right = held.filter { image in
      let own = logarithms[10 * (image - 1697)..<10 * (image - 1696)]
      return own.max() == own[own.startIndex + digits.labels[image]]
    }
    #expect(right.count >= 92, "\(right.count) of 100")
  }

  @Test("are the largest probability of the classes, or their sum")
  func combinations() throws {
    let pixels = ImageSet.digits.signedImages(of: [], in: 1697..<1707)
    let all = try ClassifierCache.classifier(of: .digits).logProbabilities(of: pixels)
    for combination in ClassCombination.allCases {
      var config = ClassLikelihoodConfig()
      (config.classes, config.combination) = ([0, 2, 4, 6, 8], combination)
      let found = try values(ClassLikelihood(config), pixels).values
      for row in 0..<10 {
        let chosen = config.classes.map { Double(all[10 * row + $0]) }
        let expected =
          combination == .maximum
          ? chosen.max() ?? 0 : scalarLog(chosen.reduce(0) { $0 + scalarExp($1) })
        expect(Double(found[row]), equals: expected, within: .scaled(1e-4))
      }
    }
  }

  @Test("have their differences as scores", arguments: ClassCombination.allCases)
  func scores(_ combination: ClassCombination) throws {
    var config = ClassLikelihoodConfig()
    (config.classes, config.combination) = ([1, 3], combination)
    let density = try ClassLikelihood(config)
    let pixels = ImageSet.digits.signedImages(of: [], in: 1700..<1703)
    let slopes = try values(density, pixels).scores
    for place in stride(from: 20, to: 192, by: 37) {
      var (up, down) = (pixels, pixels)
      (up[place], down[place]) = (up[place] + 2e-3, down[place] - 2e-3)
      let row = place / 64
      let difference = try (values(density, up).values[row] - values(density, down).values[row])
      expect(Double(slopes[place]), equals: Double(difference) / 4e-3, within: .scaled(0.03))
    }
  }

  @Test("of a measurement know their closed form")
  func measurement() throws {
    var config = LinearMeasurementConfig()
    (config.matrix, config.measurement, config.deviation) = ([[1, 2], [0, -1]], [1, 3], 0.5)
    let found = try values(LinearMeasurement(config), [1, -1, 0, 0])
    // Misses 2, 2 and 1, 3; log r = -2 |miss|², score = 4 Aᵀ miss.
    #expect(found.values == [-16, -20] && found.scores == [8, 8, 4, -4])
  }

  @Test("of an image are best at what was measured", arguments: MeasurementKind.allCases)
  func images(_ kind: MeasurementKind) throws {
    var config = LinearMeasurementConfig()
    (config.kind, config.deviation) = (kind, 1e-3)
    let density = try LinearMeasurement(config)
    let pixels = ImageSet.digits.signedImages(of: [], in: 1699..<1702)
    let found = try values(density, pixels).values
    #expect(found[1] > -60 && found[0] < -1e4 && found[2] < -1e4)
    var other = Array(pixels[64..<128])
    if kind == .inpainting { for i in 32..<64 { other[i] = 0 } }
    #expect(try values(density, other).values[0] == found[1])
  }

  @Test("as a density are images blurred")
  func blurred() throws {
    var config = ImageDensityConfig()
    (config.classes, config.deviation) = ([3], 0.1)
    let density = try ImageDensity(config)
    var x = [Float](repeating: 0, count: 128)
    density.sample(2, firstRow: 0, RandomStream(seed: 1), into: &x)
    let labels = try ClassifierCache.classifier(of: .digits).logProbabilities(of: x)
    #expect(labels[3] > -1 && labels[13] > -1)
    #expect(density.dimension == 64 && density.logNormalizer == 0)
  }
}
