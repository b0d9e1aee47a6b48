import Densities
import Kernels
import Samplers
import Storage
import TestSupport
import Testing
import Training

/// A small prior of a Gaussian.
func smallPrior(_ changes: JSONValue = [:], threads: Int = 2) throws -> Run {
  let settings: JSONValue = [
    "method": "denoising", "steps": 12, "batch_size": 70, "seed": 3, "report_every": 1,
    "denoising": ["steps": 6, "network": ["width": 8, "layers": 1]],
  ]
  let density = try NamedDensity("gaussian", config: ["mean": 1, "standard_deviation": 0.5])
  return try Run(
    density, overrides: settings.replacing(changes), pool: ThreadPool(threads: threads))
}

@Suite("A denoising run")
struct DenoisingRunTests {
  @Test("learns a Gaussian", arguments: ["fixed-large", "learned"])
  func gaussian(_ variance: String) throws {
    let run = try smallPrior([
      "steps": 600, "batch_size": 128, "optimizer": ["learning_rate": 0.005],
      "denoising": [
        "steps": 40, "variance": .string(variance), "bound_weight": 0.01,
        "network": ["width": 32, "layers": 2], "average_decay": 0.99,
      ],
    ])
    try run.train()
    let draws = try run.sample(2000, seed: 1)
    let values = draws.x.map { Double($0) }
    let mean = values.reduce(0, +) / 4000
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 4000
    #expect((mean - 1).magnitude < 0.08)
    #expect((variance - 0.25).magnitude < 0.08)
  }

  @Test("has the same bits for any number of threads")
  func threads() throws {
    let bits = try [1, 2, 3].map { threads in
      let run = try smallPrior(threads: threads)
      try run.train()
      return [run.checksum, try run.sample(300, seed: 1).checksum]
    }
    #expect(bits.allSatisfy { $0 == bits[0] })
  }

  @Test("goes on after saving as if it had not stopped")
  func resume() throws {
    let folder = try ScratchFolder()
    let whole = try smallPrior()
    try whole.train()
    let run = try smallPrior()
    #expect(throws: Cancelled.self) { try run.train(Stop(after: 7)) }
    try run.save(to: folder("half.safetensors"))
    let loaded = try Run.load(folder("half.safetensors"))
    try loaded.train()
    #expect(loaded.checksum == whole.checksum)
    #expect(try loaded.sample(50, seed: 1).checksum == whole.sample(50, seed: 1).checksum)
  }

  @Test("judges itself by weights, and by paths from exact samples")
  func evaluation() throws {
    let run = try smallPrior()
    try run.train()
    let figures = try run.evaluate(overrides: ["samples": 200, "transport_samples": 50])
    let (lower, upper) = (figures["elbo"]?.value ?? .nan, figures["eubo"]?.value ?? .nan)
    #expect(lower < 0 && upper > 0)
  }

  @Test("refuses what makes no sense")
  func refusals() {
    for (changes, key) in [
      (["denoising": ["kind": "none"]], "denoising.kind"),
      (["denoising": ["steps": 2000]], "denoising.steps"),
      (["denoising": ["network": ["kind": "unet"]]], "denoising.network"),
      (["denoising": ["network": ["width": 0]]], "denoising.network.width"),
      (["denoising": ["variance": "learned", "sampler": "ddim"]], "denoising.variance"),
      (["method": "paths", "denoising": ["eta": 0.5]], "denoising"),
      (["off_policy": ["source": "prior"]], "off_policy.source"),
      (["off_policy": ["source": "mixture"]], "off_policy.source"),
      (["off_policy": ["prior_chance": 0]], "off_policy.prior_chance"),
      (["off_policy": ["prior_chance": 1.5]], "off_policy.prior_chance"),
      (["denoising": ["network": ["kind": "closed-form"]]], "steps"),
      (
        ["steps": 0, "denoising": ["network": ["kind": "closed-form"], "sampler": "edm"]], "sampler"
      ),
    ] as [(JSONValue, String)] {
      #expect {
        _ = try smallPrior(changes)
      } throws: { error in
        "\(error)".contains(key)
      }
    }
  }
}
