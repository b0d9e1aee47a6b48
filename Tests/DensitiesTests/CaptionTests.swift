import Kernels
import Storage
import Tasks
import TestSupport
import Testing

@testable import Densities

@Suite("Densities of captioned pictures")
struct CaptionTests {
  private func values(_ density: any Density, _ x: [Float], _ captions: [Int]) throws -> [Double] {
    var out = [Float](repeating: 0, count: captions.count)
    let numbers = captions.map { Int32($0) }
    try x.withUnsafeBufferPointer { x in
      try numbers.withUnsafeBufferPointer { numbers in
        guard let x = x.baseAddress else { return }
        try density.logDensity(
          of: Points(
            x, count: captions.count, dimension: density.dimension, conditions: numbers.baseAddress),
          into: &out)
      }
    }
    return out.map { Double($0) }
  }

  @Test("are mixtures of the pictures that may have the caption")
  func mixture() throws {
    var config = CaptionedShapesConfig()
    (config.shapes.edge, config.shapes.count, config.deviation) = (4, 30, 0.4)
    let density = try CaptionedShapes(config)
    let images = density.shapes.images
    let captions = [5, 5, 61, 119, 0]
    let x = spread(captions.count * 48, seed: 3, scale: 1)
    let found = try values(density, x, captions)
    for (row, number) in captions.enumerated() {
      let caption = ShapeCaption(number: number)
      var (sum, total) = (0.0, 0.0)
      for image in 0..<30 {
        let chance = scalarExp(
          density.shapes.logChance(of: caption, insteadOf: density.shapes.caption(of: image)))
        let square = zip(images.pixels(of: image), x[row * 48..<(row + 1) * 48]).reduce(0.0) {
          let miss = Double($1.1) - (2 * Double($1.0) - 1)
          return $0 + miss * miss
        }
        total += chance
        sum += chance * scalarExp(-square / 0.32)
      }
      let expected = scalarLog(sum / total) - 24 * scalarLog(0.32 * .pi)
      expect(found[row], equals: expected, within: .scaled(1e-4))
    }
    // Points without a caption go with the first.
    let plain = try logDensity(density, Array(x.suffix(48)))
    #expect(plain == [found[4]])
  }

  @Test("give pairs whose captions are wrong as often as is said")
  func pairs() throws {
    var config = CaptionedShapesConfig()
    (config.shapes.count, config.deviation, config.shapes.wrongWords) = (300, 1e-3, 0.2)
    let density = try CaptionedShapes(config)
    var x = [Float](repeating: 0, count: 2000 * density.dimension)
    var conditions = [Int32](repeating: -1, count: 2000)
    density.drawPairs(2000, RandomStream(seed: 4), into: &x, conditions: &conditions)
    let (images, d) = (density.shapes.images, density.dimension)
    let pictures = images.training.map { image in images.pixels(of: image).map { 2 * $0 - 1 } }
    let matches = (0..<2000).map { row in
      let own = x[row * d..<(row + 1) * d]
      let nearest = pictures.indices.min {
        distance(pictures[$0], own) < distance(pictures[$1], own)
      }
      #expect(nearest.map { distance(pictures[$0], own) < 0.01 } == true)
      return Double(
        density.shapes.caption(of: nearest ?? 0)
          .matches(ShapeCaption(number: Int(conditions[row]))))
    }
    expectMean(of: matches, is: 3.2, within: .standardErrors(4.5))
  }

  private func distance(_ a: [Float], _ b: ArraySlice<Float>) -> Float {
    zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
  }

  @Test("judge by the caption of each picture, and name captions")
  func agreement() throws {
    let named = try NamedDensity("caption-agreement")
    let density = try #require(named.density as? CaptionAgreement)
    let images = density.shapes.images
    let held = images.training.upperBound..<images.count
    let pixels = images.signedImages(of: [], in: held)
    let own = try values(density, pixels, held.map { images.labels[$0] })
    let others = try values(density, pixels, held.map { (images.labels[$0] + 31) % 120 })
    let better = zip(own, others).count { $0 > $1 }
    #expect(better >= 97, "\(better) of 100")
    #expect(density.trainingConditions == 0..<108 && density.evaluationConditions == 108..<120)
    let captions = named.description["captions"]
    #expect(captions?.array?.count == 120 && named.description["picture"] == [8, 8, 3])
    #expect(captions?.array?[7].string == ShapeCaption(number: 7).text)
  }
}
