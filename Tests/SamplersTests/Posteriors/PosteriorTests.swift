import Densities
import Foundation
import Kernels
import Metrics
import Samplers
import Storage
import TestSupport
import Testing
import Training

/// Starts and settings of a posterior, each with something that the others lack.
private let variants: [(prior: JSONValue, changes: JSONValue)] = [
  ([:], [:]),
  (["initialize": "lora", "lora_rank": 2], ["objective": "log-variance"]),
  (["initialize": "correction"], ["network": ["width": 5, "layers": 1]]),
  (
    ["hinge": 0.1, "step_fraction": 0.5, "inverse_temperature_steps": 5],
    ["off_policy": ["source": "visited"], "network": ["langevin": "off"]]
  ),
  ([:], ["objective": "sub-trajectory-balance", "flow": ["forward_looking": true]]),
]

@Suite("A posterior of a prior on paths")
struct PosteriorTests {
  @Test("begins as the prior, and stays so without a constraint", arguments: 0..<3)
  func beginning(_ variant: Int) throws {
    let folder = try ScratchFolder()
    let path = try savePrior(in: folder)
    let prior = try Run.load(path)
    let (settings, changes) = variants[variant]
    let run = try smallPosterior(of: path, settings, changes, density: noConstraint)
    let draws = try run.sample(50, seed: 1)
    #expect(try draws.x == prior.sample(50, seed: 1).x)
    #expect(try draws.x == run.samplePrior(50, seed: 1).x)
    #expect(draws.logWeights.allSatisfy { $0 == 0 })
    try run.train()
    #expect(run.history.allSatisfy { $0.loss == 0 && $0.gradientNorm == 0 })
  }

  /// Untrained paths are a Brownian motion with variance σ² at the end; N(x; m, s²) for a constraint
  /// makes their end N(m σ² / (σ² + s²), σ² s² / (σ² + s²)), and Z = N(m; 0, σ² + s²).
  @Test("of a Brownian motion and a Gaussian is the one in closed form", arguments: 0..<3)
  func closedForm(_ variant: Int) throws {
    let folder = try ScratchFolder()
    let path = try savePrior(
      in: folder, ["steps": 0, "network": ["width": 16, "langevin": "off"]])
    let constraint = try NamedDensity("gaussian", config: ["mean": 1, "standard_deviation": 1.5])
    let learned: JSONValue = [
      "optimizer": ["learning_rate": variant == 0 ? 0.003 : 0.01], "steps": 150,
    ]
    let (settings, changes) = variants[variant]
    let run = try smallPosterior(
      of: path, settings.replacing(["lora_rank": 16]), changes.replacing(learned),
      density: constraint)
    try run.train()
    let total = 5.0 + 2.25
    let truth = -scalarLog(2 * .pi * total) - 1 / total
    let figures = try run.evaluate(
      overrides: ["samples": 2000, "transport_samples": 50, "floor_repeats": 1])
    let logZ = try #require(figures["log-normalizer"])
    #expect((logZ.value - truth).magnitude < 0.03)
    let share = try #require(figures["effective-sample-share"])
    #expect(share.value > (variant == 1 ? 0.5 : 0.8))
    let prior = try #require(figures["prior-log-normalizer"])
    #expect((prior.value - truth).magnitude < 0.05)
    // r has exact samples and log Z = 0, none of which are the posterior's.
    #expect(logZ.truth == nil && figures["eubo"] == nil && figures["wasserstein-2"] == nil)
    let x = try run.sample(2000, seed: 2).x.map { Double($0) }
    let mean = x.reduce(0, +) / Double(x.count)
    let variance = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(x.count)
    #expect((mean - 5 / total).magnitude < 0.1 && (variance - 5 * 2.25 / total).magnitude < 0.2)
  }

  @Test("can be guided without training, and its weights know by how much")
  func guidance() throws {
    let folder = try ScratchFolder()
    let path = try savePrior(in: folder)
    let constraint = try NamedDensity("gaussian", config: ["mean": 1, "standard_deviation": 3])
    let untrained: JSONValue = ["steps": 0, "network": ["langevin": "off"]]
    let logZ = try ["none", "score", "denoised-score"].map { kind in
      let run = try smallPosterior(
        of: path, ["guidance": .string(kind), "guidance_scale": 0.5], untrained, density: constraint
      )
      let draws = try run.sample(4000, seed: 1)
      #expect(draws.gradientCalls == (kind == "none" ? 0 : 4000 * 9))
      return logMeanExp(draws.logWeights)
    }
    #expect((logZ[1] - logZ[0]).magnitude < 0.1 && (logZ[2] - logZ[0]).magnitude < 0.1)
    #expect(logZ[1] != logZ[0] && logZ[2] != logZ[1])
    let flat = NamedDensity(custom: FunctionDensity(dimension: 2) { _, _, _ in })
    #expect(throws: ConfigError.self) {
      try smallPosterior(of: path, ["guidance": "score"], untrained, density: flat)
    }
  }

  @Test("has the same bits on any number of threads", arguments: variants.indices)
  func threads(_ variant: Int) throws {
    let folder = try ScratchFolder()
    let path = try savePrior(in: folder)
    let (settings, changes) = variants[variant]
    let bits = try [1, 2, 5].map { threads in
      let run = try smallPosterior(of: path, settings, changes, threads: threads)
      try run.train()
      return [run.checksum, try run.sample(100, seed: 1).checksum]
    }
    #expect(bits.allSatisfy { $0 == bits[0] })
  }

  @Test("goes on from a file of its own alone, with the same bits", arguments: variants.indices)
  func selfContained(_ variant: Int) throws {
    let folder = try ScratchFolder()
    let path = try savePrior(in: folder)
    let (settings, changes) = variants[variant]
    let whole = try smallPosterior(of: path, settings, changes)
    try whole.train()
    let run = try smallPosterior(of: path, settings, changes)
    #expect(throws: Cancelled.self) { try run.train(Stop(after: 5)) }
    try run.save(to: folder("half.safetensors"))
    try FileManager.default.removeItem(atPath: path)
    let loaded = try Run.load(folder("half.safetensors"))
    #expect(try loaded.samplePrior(9, seed: 1).checksum == whole.samplePrior(9, seed: 1).checksum)
    try loaded.train()
    #expect(loaded.checksum == whole.checksum)
    #expect(try loaded.sample(70, seed: 1).checksum == whole.sample(70, seed: 1).checksum)
  }

  @Test("agrees with itself back and forth, at the optimum and in its gradient")
  func roundTrips() throws {
    let folder = try ScratchFolder()
    let path = try savePrior(in: folder)
    let round: JSONValue = ["back_and_forth": 4]
    let visited: JSONValue = ["off_policy": ["source": "visited"], "objective": "log-variance"]
    let still = try smallPosterior(of: path, round, visited, density: noConstraint)
    try still.train()
    #expect(still.history.last?.backwardLoss == 0 && still.history.last?.gradientNorm == 0)
    let bits = try [1, 3].map { threads in
      let run = try smallPosterior(of: path, round, visited, threads: threads)
      try run.train()
      return run.checksum
    }
    #expect(bits[0] == bits[1])
  }

  /// No path begins in noise, and nobody learns log Z.
  @Test("is learned from paths back and forth alone")
  func roundTripsAlone() throws {
    let folder = try ScratchFolder()
    let path = try savePrior(
      in: folder, ["steps": 0, "network": ["width": 16, "langevin": "off"]])
    let constraint = try NamedDensity("gaussian", config: ["mean": 1, "standard_deviation": 1.5])
    let count = 400
    let x = spread(2 * count, seed: 4).map { Float(5 / 7.25) + Float(1.2457) * $0 }
    try StoredArray(x, shape: [count, 2]).writeNPY(to: folder("x.npy"))
    let run = try smallPosterior(
      of: path, ["back_and_forth": 9],
      [
        "off_policy": ["source": "samples", "every": 1, "samples": .string(folder("x.npy"))],
        "optimizer": ["learning_rate": 0.003], "steps": 300,
        "exploration": ["standard_deviation": 0],
      ], density: constraint)
    try run.train()
    let weights = try run.sample(1000, seed: 1).logWeights
    let truth = -scalarLog(2 * .pi * 7.25) - 1 / 7.25
    #expect((logMeanExp(weights) - truth).magnitude < 0.05)
    #expect(effectiveSampleSize(weights) > 700)
  }

  @Test("takes its process and sizes from the prior")
  func adoption() throws {
    let folder = try ScratchFolder()
    let path = try savePrior(
      in: folder,
      ["process": ["steps": 11, "variance": 2], "network": ["width": 12, "langevin": "off"]])
    let run = try smallPosterior(of: path)
    #expect(run.config.process.steps == 11 && run.config.process.variance == 2)
    #expect(run.config.network.width == 12)
  }

  @Test("can be the prior of another")
  func nested() throws {
    let folder = try ScratchFolder()
    let run = try smallPosterior(
      of: savePrior(in: folder), ["initialize": "lora"],
      [
        "network": ["langevin": "off"]
      ])
    try run.train()
    try run.save(to: folder("first.safetensors"))
    let second = try smallPosterior(of: folder("first.safetensors"), density: noConstraint)
    #expect(try second.sample(20, seed: 1).x == run.sample(20, seed: 1).x)
  }

  @Test("refuses what cannot be done with a prior, and names the key")
  func refusals() throws {
    let folder = try ScratchFolder()
    let path = try savePrior(in: folder)
    func refuses(
      _ key: String, _ prior: JSONValue = [:], _ changes: JSONValue = [:],
      density: NamedDensity? = nil, of path: String
    ) {
      let error = #expect(throws: ConfigError.self, "\(key)") {
        try smallPosterior(of: path, prior, changes, density: density)
      }
      #expect(
        error.map { "\($0)".contains(key) } ?? false, "\(key): \(error.map { "\($0)" } ?? "")")
    }
    refuses("prior.run", ["run": "", "hinge": 1], of: path)
    refuses("prior.lora_rank", ["lora_rank": 0], of: path)
    refuses("prior.step_fraction", ["step_fraction": 0], of: path)
    refuses("prior.hinge", ["hinge": -1], of: path)
    refuses("objective", [:], ["objective": "path-kl"], of: path)
    refuses("hinge", ["hinge": 1], ["objective": "detailed-balance"], of: path)
    refuses(
      "prior.step_fraction", ["step_fraction": 0.5], ["objective": "detailed-balance"], of: path)
    refuses("process.learned_backward", [:], ["process": ["learned_backward": true]], of: path)
    refuses("off_policy.source", [:], ["off_policy": ["source": "local-search"]], of: path)
    refuses(
      "off_policy.source", ["policy": ["kind": "ddpo"]], ["off_policy": ["source": "visited"]],
      of: path)
    refuses("process", [:], ["process": ["steps": 4]], of: path)
    refuses("network.width", [:], ["network": ["width": 9]], of: path)
    refuses("prior.run", [:], ["method": "idem"], of: path)
    refuses("prior.back_and_forth", ["back_and_forth": 3], of: path)
    refuses(
      "prior.back_and_forth", ["back_and_forth": 10], ["off_policy": ["source": "visited"]],
      of: path)
    refuses(
      "prior.run", density: try NamedDensity("gaussian", config: ["dimension": 3]), of: path)
    refuses("off_policy", [:], ["off_policy": ["source": "samples"]], of: path)
    let scored = try savePrior(in: folder, ["network": ["width": 8, "langevin": "on"]])
    refuses("prior.run", of: scored)
    let reversed = try savePrior(
      in: folder, ["process": ["steps": 9, "learned_backward": true]])
    refuses("prior.run", of: reversed)
    #expect(throws: StorageError.self) { try smallPosterior(of: folder("nothing.safetensors")) }
    let plain = try smallRun()
    #expect(throws: ConfigError.self) { try plain.samplePrior(3, seed: 1) }
  }

  @Test("knows the truth where the constraint is a ratio of known densities")
  func ratio() throws {
    let folder = try ScratchFolder()
    let constraint = try NamedDensity(
      "ratio",
      config: [
        "base": "gaussian-mixture",
        "base_settings": ["means": [[5, 5], [-5, 0]], "weights": [1, 3]],
        "denominator": "9gmm",
      ])
    let run = try smallPosterior(of: savePrior(in: folder), density: constraint)
    let figures = try run.evaluate(
      overrides: ["samples": 100, "transport_samples": 50, "floor_repeats": 1])
    for name in ["elbo", "eubo", "log-normalizer", "prior-log-normalizer"] {
      #expect(figures[name]?.truth == 0, "\(name)")
    }
    #expect(figures["mode-weight-distance"] != nil && figures["virial"] == nil)
  }
}
