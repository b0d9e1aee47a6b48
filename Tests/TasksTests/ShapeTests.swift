import Kernels
import Storage
import TestSupport
import Testing

@testable import Tasks

@Suite("Pictures of coloured shapes")
struct ShapeTests {
  private func set(_ change: (inout ShapesConfig) -> Void = { _ in }) throws -> ShapeSet {
    var config = ShapesConfig()
    (config.edge, config.count) = (12, 600)
    change(&config)
    return try ShapeSet(config)
  }

  @Test("have captions, each with a number and words of its own")
  func captions() {
    let all = (0..<ShapeCaption.count).map { ShapeCaption(number: $0) }
    #expect(all.count == 120 && Set(all.map(\.text)).count == 120)
    #expect(all.enumerated().allSatisfy { $0 == $1.number })
    #expect(ShapeCaption([0, 0, 0, 0]).text == "a small red circle at the left")
    #expect(ShapeCaption([1, 3, 2, 4]).matches(ShapeCaption([1, 2, 2, 0])) == 2)
    // The last ones, which may be held back, have every value.
    for attribute in ShapeCaption.attributes.indices {
      let values = Set(all.suffix(12).map { $0.values[attribute] })
      #expect(values.count == ShapeCaption.attributes[attribute].count)
    }
  }

  @Test("have captions that networks read as one word a place")
  func features() {
    let words = ShapeCaption.vocabulary.count - 1
    for caption in [ShapeCaption(number: 0), ShapeCaption(number: 77)] {
      var features = [Float](repeating: 5, count: ShapeCaption.featureCount)
      caption.features(into: &features)
      let read = (0..<ShapeCaption.length).map { place in
        (features[place * words..<(place + 1) * words].firstIndex(of: 1) ?? 0) - place * words + 1
      }
      #expect(features.reduce(0, +) == 7 && features.allSatisfy { $0 == 0 || $0 == 1 })
      #expect(ShapeCaption.vocabulary.decode(read) == caption.text)
    }
  }

  /// Of each picture the brightest channels, the area and the centre of what is not ground.
  @Test("show what their captions say")
  func pictures() throws {
    let shapes = try set()
    #expect(shapes.images.dimension == 432 && shapes.images.training == 0..<500)
    var sizes = [[Double]](repeating: [], count: 2)
    for image in 0..<shapes.images.count {
      let pixels = shapes.images.pixels(of: image)
      let values = shapes.caption(of: image).values
      let ground = pixels[0..<3].map { $0 }
      var (area, centre, colour) = (0.0, SIMD2<Double>(), SIMD3<Double>())
      for place in 0..<144 {
        let own = (0..<3).map { Double(pixels[3 * place + $0] - ground[$0]) }
        let part = own.reduce(0) { max($0, $1) }
        guard part > 0.02 else { continue }
        area += part
        centre += part * SIMD2(Double(place % 12), Double(place / 12))
        colour += SIMD3(own[0], own[1], own[2])
      }
      centre /= area
      let side = [SIMD2(-1.0, 0), SIMD2(1, 0), SIMD2(0, -1), SIMD2(0, 1), SIMD2(0, 0)][values[3]]
      let miss = centre - SIMD2(5.5, 5.5) - 2.64 * side
      #expect(miss.x.magnitude < 1.2 && miss.y.magnitude < 1.2, "\(shapes.caption(of: image))")
      let (red, green, blue) = (colour.x, colour.y, colour.z)
      let seen =
        blue > red && blue > green ? 2 : red > 2 * green ? 0 : green > 2 * red ? 1 : 3
      #expect(seen == values[1], "\(shapes.caption(of: image))")
      sizes[values[0]].append(area)
    }
    #expect((sizes[0].max() ?? 9) < (sizes[1].min() ?? 0))
  }

  @Test("have wrong words as often as is said")
  func wrongWords() throws {
    let shapes = try set { $0.wrongWords = 0.25 }
    let stream = RandomStream(seed: 3)
    let truth = ShapeCaption([0, 1, 2, 3])
    var counts: [ShapeCaption: Int] = [:]
    let matches = (0..<4000).map { row in
      var words = stream.words(of: .integer, row: row)
      let caption = shapes.caption(insteadOf: truth, wrongWords: 0.25, &words)
      counts[caption, default: 0] += 1
      return Double(caption.matches(truth))
    }
    expectMean(of: matches, is: 3, within: .standardErrors(4.5))
    let all = (0..<ShapeCaption.count).map { ShapeCaption(number: $0) }
    let chances = all.map { scalarExp(shapes.logChance(of: $0, insteadOf: truth)) }
    expect(chances.reduce(0, +), equals: 1, within: .absolute(1e-12))
    for (caption, chance) in zip(all, chances) where chance > 0.02 {
      let own = Double(counts[caption] ?? 0)
      let error = (4000 * chance * (1 - chance)).squareRoot()
      #expect((own - 4000 * chance).magnitude < 4.5 * error, "\(caption.text): \(own)")
    }
  }

  @Test("are the same for a seed, and refuse what makes no sense")
  func seeds() throws {
    let first = try set().images.pixels(of: 7)
    #expect(try set().images.pixels(of: 7) == first)
    #expect(try set { $0.seed = 1 }.images.pixels(of: 7) != first)
    for change in [
      { $0.edge = 3 }, { $0.count = 0 }, { ($0.edge, $0.count) = (64, 100_000) },
      { $0.wrongWords = 0.6 }, { $0.heldBack = 120 },
    ] as [(inout ShapesConfig) -> Void] {
      #expect(throws: ConfigError.self) { try set(change) }
    }
  }
}

@Suite("A network of preferences")
struct AgreementTests {
  /// Mean judgement of pictures by how many attributes of the caption are right.
  @Test("prefers pictures that agree with the caption, and has the same bits for any threads")
  func learns() throws {
    var shape = ShapesConfig()
    shape.count = 900
    let shapes = try ShapeSet(shape)
    var config = AgreementConfig()
    (config.steps, config.channels, config.features, config.certainty) = (500, 8, 32, 3)
    let networks = try [1, 3].map {
      try TrainedAgreement(of: shapes, config, pool: ThreadPool(threads: $0))
    }
    let held = 800..<900
    let pixels = shapes.images.signedImages(of: [], in: held)
    var (sums, counts) = ([0.0, 0, 0, 0, 0], [0.0, 0, 0, 0, 0])
    for number in 0..<ShapeCaption.count {
      let caption = ShapeCaption(number: number)
      var features = [Float](repeating: 0, count: 100 * ShapeCaption.featureCount)
      features.withUnsafeMutableBufferPointer { features in
        for row in 0..<100 {
          if let start = features.baseAddress {
            caption.features(into: start + row * ShapeCaption.featureCount)
          }
        }
      }
      let values = networks.map { network in
        var out = [Float](repeating: 0, count: 100)
        network.agreement(pixels, features, count: 100, into: &out, score: nil)
        return out
      }
      #expect(values[0] == values[1])
      for (row, image) in held.enumerated() {
        let right = shapes.caption(of: image).matches(caption)
        (sums[right], counts[right]) = (sums[right] + Double(values[0][row]), counts[right] + 1)
      }
    }
    let means = zip(sums, counts).map { $0 / max(1, $1) }
    for right in 1..<5 { #expect(means[right] > means[right - 1] + 1, "\(means)") }
  }
}
