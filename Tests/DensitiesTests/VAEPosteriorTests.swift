import Densities
import Kernels
import Storage
import Tasks
import TestSupport
import Testing

/// Three images of 2 by 2 pixels.
private let images = ImageSet(
  [0, 10, 16, 5, 16, 16, 0, 1, 3, 8, 0, 16], rows: 2, columns: 2, whitest: 16)

/// A decoder of random matrices, with logits within the bound and beyond it.
private let decoder = VAEDecoder(
  hiddenWeight: spread(3 * 7, seed: 1, scale: 2), hiddenBias: spread(7, seed: 2),
  weight: spread(7 * 4, seed: 3, scale: 3), bias: spread(4, seed: 4))

/// Three images of 9 by 13 pixels, more than a panel of a matrix and no whole number of vectors.
private let wideImages = ImageSet(
  (0..<3 * 117).map { UInt8($0 * $0 % 17) }, rows: 9, columns: 13, whitest: 16)

/// A decoder of theirs.
private let wideDecoder = VAEDecoder(
  hiddenWeight: spread(3 * 70, seed: 1), hiddenBias: spread(70, seed: 2),
  weight: spread(70 * 117, seed: 3, scale: 0.5), bias: spread(117, seed: 4))

/// The definition in 64-bit floats.
private func definition(_ z: [Double], _ decoder: VAEDecoder, _ x: [Float]) -> Double {
  let (hidden, dimension) = (decoder.hidden, decoder.dimension)
  let units = (0..<hidden).map { j in
    max(
      0,
      z.indices.reduce(Double(decoder.hiddenBias[j])) {
        $0 + z[$1] * Double(decoder.hiddenWeight[$1 * hidden + j])
      })
  }
  let prior = z.reduce(0) { $0 - 0.5 * $1 * $1 - 0.5 * scalarLog(2 * .pi) }
  return (0..<dimension).reduce(prior) { sum, p in
    let logit = units.indices.reduce(Double(decoder.bias[p])) {
      $0 + units[$1] * Double(decoder.weight[$1 * dimension + p])
    }
    let q = min(max(1 / (1 + scalarExp(-logit)), 1e-5), 1 - 1e-5)
    return sum + Double(x[p]) * scalarLog(q) + (1 - Double(x[p])) * scalarLog(1 - q)
  }
}

@Suite("The posterior of a code")
struct VAEPosteriorTests {
  /// log ρ and the score of points with the conditions given, [n, D] in one array.
  func score(
    _ density: VAEPosteriors, _ x: [Float], _ conditions: [Int32]
  ) -> (logDensity: [Double], score: [Double]) {
    var out = [Float](repeating: .nan, count: conditions.count)
    var alone = out
    var score = [Float](repeating: .nan, count: x.count)
    x.withUnsafeBufferPointer { x in
      conditions.withUnsafeBufferPointer { conditions in
        guard let base = x.baseAddress else { return }
        let points = Points(
          base, count: conditions.count, dimension: density.dimension,
          conditions: conditions.baseAddress)
        density.logDensity(of: points, into: &out, score: &score)
        density.logDensity(of: points, into: &alone)
      }
    }
    #expect(out == alone)
    return (out.map { Double($0) }, score.map { Double($0) })
  }

  /// 70 points, so three pieces, each with an image of its own.
  @Test(
    "has the value and the score of its definition, each point under its image",
    arguments: [false, true])
  func values(isWide: Bool) {
    let (images, decoder) = isWide ? (wideImages, wideDecoder) : (images, decoder)
    let density = VAEPosteriors(images, decoder)
    let z = spread(210, seed: 5, scale: 3)
    let conditions = (0..<70).map { Int32($0 * $0 % 3) }
    let (values, scores) = score(density, z, conditions)
    var bounded = 0
    for row in 0..<70 {
      let pixels = images.pixels(of: Int(conditions[row]))
      let point = z[3 * row..<3 * row + 3].map { Double($0) }
      expect(
        values[row], equals: definition(point, decoder, pixels), within: .scaled(2e-5),
        "point \(row)")
      var slopes: [Double] = []
      for axis in 0..<3 {
        let slope = centralDifference(step: 1e-5) { h in
          var moved = point
          moved[axis] += h
          return definition(moved, decoder, pixels)
        }
        slopes.append(slope)
      }
      if zip(slopes, point).allSatisfy({ ($0 + $1).magnitude < 1e-5 }) { bounded += 1 }
      expect(
        Array(scores[3 * row..<3 * row + 3]), equals: slopes, within: .scaled(1e-4),
        "point \(row)")
    }
    #expect(bounded < 35, "the likelihood is flat at \(bounded) points")
  }

  /// The bound on q is where logits are ± 11.5: beyond, the likelihood is flat.
  @Test("bounds the probabilities of pixels")
  func bound() {
    let steep = VAEDecoder(
      hiddenWeight: [1], hiddenBias: [0], weight: [100, -100, 1, 0], bias: [0, 0, 0, 0])
    let (values, scores) = score(VAEPosteriors(images, steep), [0.5, 2], [1, 1])
    for (row, z) in [0.5, 2].enumerated() {
      expect(
        values[row], equals: definition([z], steep, images.pixels(of: 1)), within: .scaled(1e-5))
      // Pixel 2 of the image is 0, so its slope is -σ(z).
      expect(scores[row], equals: -z - 1 / (1 + scalarExp(-z)), within: .absolute(1e-5))
    }
  }

  @Test("goes with the configured image where a point has no condition")
  func image() throws {
    let z = spread(30, seed: 6)
    for image in 0..<3 {
      let all = VAEPosteriors(images, decoder, image: image)
      let conditions = [Int32](repeating: Int32(image), count: 10)
      let given = score(VAEPosteriors(images, decoder), z, conditions).logDensity
      #expect(try logDensity(all, z) == given)
    }
    var config = VAEPosteriorConfig()
    config.training.epochs = 1
    config.image = 1700
    let (one, all) = (try VAEPosterior(config), try VAEPosteriors(config))
    let x = spread(40, seed: 7)
    #expect(try logDensity(one, x) == score(all, x, [1700, 1700]).logDensity)
    #expect(try logDensity(one, x) != score(all, x, [0, 0]).logDensity)
    #expect(!((one as any Density) is any ConditionalDensity))
  }

  @Test("has the pixels for features, and the last hundred digits for evaluation")
  func conditions() throws {
    var config = VAEPosteriorConfig()
    config.training.epochs = 1
    let density = try VAEPosteriors(config)
    #expect(density.dimension == 20 && density.conditionCount == 1797)
    #expect(density.conditionDimension == 64)
    #expect(density.trainingConditions == 0..<1697 && density.evaluationConditions == 1697..<1797)
    var features = [Float](repeating: .nan, count: 64)
    density.features(of: 1700, into: &features)
    #expect(features == ImageSet.digits.pixels(of: 1700))
    #expect(VAEPosteriors(images, decoder).evaluationConditions == 0..<3)
  }
}

/// log ∫ρ by the midpoint rule on an interval of ± 9.
private func logNormalizer(_ density: VAEPosteriors) throws -> Double {
  let (n, cell) = (9000, 0.002)
  let z = (0..<n).map { Float((Double($0) + 0.5) * cell - 9) }
  return scalarLog(try logDensity(density, z).reduce(0) { $0 + scalarExp($1) } * cell)
}

@Suite("The evidence of an image")
struct VAEEvidenceTests {
  /// Pixels 0.5, 0.25, 1 and 0 under even chances: four times log ½.
  @Test("is the likelihood where the decoder ignores the code")
  func constant() throws {
    let image = ImageSet([8, 4, 16, 0], rows: 2, columns: 2, whitest: 16)
    let constant = VAEDecoder(
      hiddenWeight: [1], hiddenBias: [0], weight: [0, 0, 0, 0], bias: [0, 0, 0, 0])
    expect(
      try logNormalizer(VAEPosteriors(image, constant)), equals: 4 * scalarLog(0.5),
      within: .absolute(1e-5))
  }

  /// A pixel whose logit is 0 for z < 0 and beyond the bound for z > 0: each has half of the mass.
  @Test("is the mean of two likelihoods where the decoder knows two cases")
  func twoCases() throws {
    let image = ImageSet([16, 0], rows: 1, columns: 2, whitest: 16)
    let step = VAEDecoder(
      hiddenWeight: [1e6], hiddenBias: [0], weight: [1e6, 1e6], bias: [0, 0])
    let truth = scalarLog(0.5 * 0.25 + 0.5 * (1 - 1e-5) * 1e-5)
    expect(
      try logNormalizer(VAEPosteriors(image, step)), equals: truth, within: .absolute(1e-5))
  }

  /// A pixel 1 with logit z: ∫ N(z; 0, 1) σ(z) dz = ½, as σ(z) + σ(-z) = 1.
  @Test("is a half for a pixel whose logit is the code")
  func symmetric() throws {
    let image = ImageSet([16], rows: 1, columns: 1, whitest: 16)
    let identity = VAEDecoder(
      hiddenWeight: [1, -1], hiddenBias: [0, 0], weight: [1, -1], bias: [0])
    expect(
      try logNormalizer(VAEPosteriors(image, identity)), equals: scalarLog(0.5),
      within: .absolute(1e-5))
  }
}
