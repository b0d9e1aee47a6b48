import Densities
import Kernels
import Storage
import Tasks
import TestSupport
import Testing

@testable import Samplers

/// A prior from words to pictures of 6 by 6 pixels, and posteriors under it.
@Suite("A prior of captioned pictures")
struct CaptionPriorTests {
  private static let shapes: JSONValue = ["edge": 6, "count": 600, "wrong_words": 0.2]

  private func prior(_ changes: JSONValue = [:], threads: Int = 2) throws -> Run {
    let settings: JSONValue = [
      "method": "denoising", "steps": 500, "batch_size": 128, "seed": 3, "report_every": 500,
      "optimizer": ["learning_rate": 0.004, "schedule": "cosine"],
      "denoising": [
        "steps": 10, "schedule": "cosine", "prediction": "data", "average_decay": 0.99,
        "least_deviation": 0.1, "drop_conditions": 0.2, "network": ["width": 48, "layers": 2],
      ],
    ]
    return try Run(
      NamedDensity("captioned-shapes", config: ["shapes": Self.shapes]),
      overrides: settings.replacing(changes), pool: ThreadPool(threads: threads))
  }

  private func posterior(
    _ folder: ScratchFolder, _ changes: JSONValue = [:], threads: Int = 2
  ) throws -> Run {
    let settings: JSONValue = [
      "steps": 0, "batch_size": 128, "condition_repeats": 16, "seed": 4, "report_every": 100,
      "objective": "log-variance",
      "prior": [
        "run": .string(folder("prior.safetensors")), "initialize": "lora", "lora_rank": 16,
        "lora_alpha": 16, "inverse_temperature": 2,
      ],
      "optimizer": ["learning_rate": 0.003, "schedule": "cosine", "clip_norm": 1],
    ]
    return try Run(
      NamedDensity(
        "caption-agreement",
        config: ["shapes": Self.shapes, "training": ["steps": 300, "certainty": 3]]),
      overrides: settings.replacing(changes), pool: ThreadPool(threads: threads))
  }

  /// Mean over pictures of red less blue, of some captions.
  private func redness(_ run: Run, _ captions: [Int]) throws -> Double {
    var config = SamplingConfig()
    config.conditions = captions
    let x = try run.sample(300, seed: 1, config).x
    let sum = stride(from: 0, to: x.count, by: 3).reduce(0.0) { $0 + Double(x[$1] - x[$1 + 2]) }
    return sum / Double(x.count / 3)
  }

  private func captions(coloured colour: Int) -> [Int] {
    (0..<ShapeCaption.count).filter { ShapeCaption(number: $0).values[1] == colour }
  }

  @Test("draws what the words say, more so with guidance, and without words the same for all")
  func guidance() throws {
    let folder = try ScratchFolder()
    let plain = try prior()
    try plain.train()
    try plain.save(to: folder("prior.safetensors"))
    let (red, blue) = (captions(coloured: 0), captions(coloured: 2))
    let apart = try redness(plain, red) - redness(plain, blue)
    #expect(apart > 0.1, "\(apart)")
    func guided(_ weight: Double) throws -> Run {
      try posterior(folder, ["denoising": ["condition_guidance": JSONValue(weight)]])
    }
    let more = try guided(3)
    let further = try redness(more, red) - redness(more, blue)
    #expect(further > 1.2 * apart, "\(further) and \(apart)")
    var (one, other) = (SamplingConfig(), SamplingConfig())
    (one.conditions, other.conditions) = ([3], [50])
    let without = try guided(0)
    #expect(try without.sample(40, seed: 1, one).x == without.sample(40, seed: 1, other).x)
    #expect(try plain.sample(40, seed: 1, one).x != plain.sample(40, seed: 1, other).x)
    #expect(try guided(1).sample(40, seed: 1, one).x == plain.sample(40, seed: 1, one).x)
  }

  @Test("learns as many pairs without words as is said")
  func dropping() throws {
    let run = try prior(["steps": 1])
    var config = run.config
    (config.batchSize, config.denoising.dropConditions) = (3000, 0.3)
    let data = try TrainingData(config, run.density.density)
    var x = [Float](repeating: 0, count: 3000 * 108)
    data.draw(3000, RandomStream(seed: 5), into: &x)
    let features = try #require(data.features(from: 0))
    let words = (0..<3000).map { row in
      (0..<ShapeCaption.featureCount).reduce(0.0) {
        $0 + Double(features[row * ShapeCaption.featureCount + $1])
      }
    }
    #expect(Set(words) == [0, 7])
    expectMean(of: words.map { $0 == 0 ? 1 : 0 }, is: 0.3, within: .standardErrors(4.5))
  }

  @Test("has posteriors of captions that they were not trained on")
  func posteriors() throws {
    let folder = try ScratchFolder()
    let plain = try prior()
    try plain.train()
    try plain.save(to: folder("prior.safetensors"))
    let start = try posterior(folder)
    let weights = try start.sample(12 * 400, seed: 1)
    let run = try posterior(folder, ["steps": 300])
    try run.train()
    let draws = try run.sample(12 * 100, seed: 2)
    #expect(Set(draws.conditions) == Set(108..<120))
    func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
    let gain = 2 * (mean(draws.logDensity) - mean(weights.logDensity))
    // What weighting the prior's draws gains, caption by caption.
    func turn(_ values: [Double], _ caption: Int) -> [Double] {
      stride(from: caption, to: values.count, by: 12).map { values[$0] }
    }
    let exact = (0..<12).map { caption in
      let values = turn(weights.logWeights, caption)
      let powers = values.map { scalarExp($0) }
      return zip(values, powers).reduce(0) { $0 + $1.0 * $1.1 } / powers.reduce(0, +) - mean(values)
    }
    #expect(gain > 0.6 * mean(exact) && gain < 1.4 * mean(exact), "\(gain) of \(mean(exact))")
    // log Z(c) less the bound is the divergence of the posterior that was learned from the true one.
    func divergence(_ own: [Double]) -> Double {
      mean(
        (0..<12).map { caption in
          scalarLog(mean(turn(weights.logWeights, caption).map { scalarExp($0) }))
            - mean(turn(own, caption))
        })
    }
    let (own, before) = (divergence(draws.logWeights), divergence(weights.logWeights))
    #expect(own < 0.5 * before, "\(own) of \(before)")
  }

  @Test("and its posteriors with guidance have the same bits for any number of threads")
  func threads() throws {
    let folder = try ScratchFolder()
    let bits = try [1, 3].map { threads in
      let few: JSONValue = ["steps": 8]
      let plain = try prior(few, threads: threads)
      try plain.train()
      try plain.save(to: folder("prior.safetensors"))
      let run = try posterior(
        folder, ["steps": 4, "denoising": ["condition_guidance": 2]], threads: threads)
      let before = run.checksum
      try run.train()
      #expect(run.checksum != before)
      return [plain.checksum, run.checksum, try run.sample(100, seed: 1).checksum]
    }
    #expect(bits[0] == bits[1])
  }

  @Test("refuses what makes no sense")
  func refusals() {
    for (changes, key) in [
      (["denoising": ["drop_conditions": 1]], "denoising.drop_conditions"),
      (["denoising": ["condition_guidance": -1]], "denoising.condition_guidance"),
      (
        ["denoising": ["kind": "masked", "condition_guidance": 2]], "denoising.condition_guidance"
      ),
    ] as [(JSONValue, String)] {
      let error = #expect(throws: ConfigError.self) { try prior(changes) }
      #expect(error?.description.contains(key) == true, "\(error?.description ?? "")")
    }
    #expect(throws: ConfigError.self) {
      try Run(
        NamedDensity("gaussian"),
        overrides: ["method": "denoising", "denoising": ["drop_conditions": 0.1]])
    }
  }
}
