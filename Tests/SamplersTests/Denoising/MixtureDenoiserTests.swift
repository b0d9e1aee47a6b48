import Densities
import Diffusions
import Kernels
import Networks
@testable import Samplers
import Storage
import Tensors
import TestSupport
import Testing

@Suite("A denoiser of a mixture in closed form")
struct MixtureDenoiserTests {
  private static let mixture: JSONValue = [
    "means": [[-1, 0.5], [2, 1], [0.5, -1]], "weights": [1, 2, 3], "standard_deviation": 0.6,
  ]

  /// E[x | y] and Var[x_j | y] for y = a x + s ε by sums over a grid.
  private func moments(
    _ density: GaussianMixture, _ y: [Double], _ a: Double, _ s: Double
  ) throws -> (mean: [Double], variance: [Double]) {
    let side = 281
    let grid = (0..<side * side).map { index in
      [Float(index / side) / 25 - 5.6, Float(index % side) / 25 - 5.6]
    }
    var values = [Float](repeating: 0, count: grid.count)
    grid.flatMap { $0 }.withUnsafeBufferPointer { x in
      guard let base = x.baseAddress else { return }
      density.logDensity(of: Points(base, count: grid.count, dimension: 2), into: &values)
    }
    var (total, first, second) = (0.0, [0.0, 0.0], [0.0, 0.0])
    for (x, value) in zip(grid, values) {
      let square = (0..<2).reduce(0.0) { sum, j in
        sum + (y[j] - a * Double(x[j])) * (y[j] - a * Double(x[j]))
      }
      let weight = scalarExp(Double(value) - 0.5 * square / (s * s))
      total += weight
      for j in 0..<2 {
        first[j] += weight * Double(x[j])
        second[j] += weight * Double(x[j]) * Double(x[j])
      }
    }
    let mean = first.map { $0 / total }
    return (mean, zip(second, mean).map { $0 / total - $1 * $1 })
  }

  @Test("has the moments that sums over a grid have", arguments: DenoisingPrediction.allCases)
  func moments(_ prediction: DenoisingPrediction) throws {
    guard
      let density = try NamedDensity("gaussian-mixture", config: Self.mixture).density
        as? GaussianMixture
    else { preconditionFailure("the catalogue has mixtures") }
    var config = DenoisingConfig()
    (config.prediction, config.variance, config.schedule) = (prediction, .learned, .cosine)
    (config.steps, config.scale, config.network.kind) = (10, 1.5, .closedForm)
    let set = ParameterSet()
    let chain = try GaussianChain(config, DenoisingShape(of: density), in: set)
    set.initialize(seed: 0)
    let (tape, y) = (Tape(), [0.4, -0.3])
    let binding = ParameterBinding(set, gradients: nil)
    for index in 2..<10 {
      tape.reset()
      let (step, row) = (chain.step(index), chain.row(index))
      let said = chain.network(
        tape.constant(y, Shape(1, 2)), at: tape.constant(Double(row.time), Shape(1, 1)),
        conditions: nil, Context(tape: tape, parameters: binding))
      let truth = try moments(density, y.map { $0 * 1.5 }, step.signal, 1.5 * step.noise)
      let (p, q) = step.dataCoefficients(prediction)
      for j in 0..<2 {
        let estimate = 1.5 * (p * y[j] + q * said.value[j])
        expect(estimate, equals: truth.mean[j], within: .absolute(2e-3))
        let logarithm =
          scalarLog(Double(row.deviation)) + Double(row.range) * (said.variance?[j] ?? 0)
        let variance = scalarExp(2 * logarithm)
        // Of z′ given z: what noising leaves open where x is known, and what x leaves open.
        let next = index < 9 ? chain.step(index + 1).noise : 0
        let known = 1.5 * next * step.spread / (1.5 * step.noise)
        let open = step.estimate * step.estimate * truth.variance[j]
        expect(variance, equals: max(1e-4, known * known + open), within: .relative(5e-3))
      }
    }
  }

  @Test("is a prior whose draws are as good as exact ones, without a step of training")
  func prior() throws {
    let run = try closedFormPrior(steps: 40)
    let figures = try run.evaluate(overrides: ["samples": 1000, "transport_samples": 50])
    for name in ["elbo", "eubo"] {
      #expect((figures[name]?.value ?? .nan).magnitude < 0.03)
    }
    #expect((figures["mode-weight-distance"]?.value ?? .nan) < 0.06)
  }

  /// A posterior of it, whose law is known.
  @Test("can be corrected to a posterior, which is saved whole")
  func posterior() throws {
    let folder = try ScratchFolder()
    let path = folder("prior.safetensors")
    try closedFormPrior(steps: 20).save(to: path)
    let density = try NamedDensity(
      "measured-mixture",
      config: [
        "mixture": Self.mixture,
        "measurement": ["matrix": [[1, 0]], "measurement": [1], "deviation": 0.8],
      ])
    let run = try Run(
      density,
      overrides: [
        "steps": 150, "batch_size": 70, "objective": "log-variance",
        "prior": ["run": .string(path), "initialize": "correction"],
        "optimizer": ["learning_rate": 0.005, "schedule": "cosine"],
        "denoising": ["network": ["width": 16, "layers": 1]],
      ], pool: ThreadPool(threads: 2))
    try run.train()
    let figures = try run.evaluate(overrides: ["samples": 2000, "transport_samples": 50])
    #expect((figures["effective-sample-share"]?.value ?? .nan) > 0.8)
    try expectMoments(of: run, #require(density.density as? MeasuredMixture).law)
    try run.save(to: folder("run.safetensors"))
    try writeAtomically("", to: path)
    let loaded = try Run.load(folder("run.safetensors"))
    #expect(try loaded.sample(70, seed: 1).checksum == run.sample(70, seed: 1).checksum)
    var other = SamplingConfig()
    other.steps = 10
    #expect(try run.sample(70, seed: 1, other).x.allSatisfy(\.isFinite))
  }

  /// Mean and covariance of 1000 draws within four standard errors of the exact ones: one false alarm in 3000.
  private func expectMoments(of run: Run, _ law: MixturePosterior) throws {
    let x = try run.sample(1000, seed: 5).x.map { Double($0) }
    for i in 0..<2 {
      let column = stride(from: i, to: x.count, by: 2).map { x[$0] - law.mean[i] }
      expectMean(of: column, is: 0, within: .standardErrors(4), "mean \(i)")
      for j in 0...i {
        let other = stride(from: j, to: x.count, by: 2).map { x[$0] - law.mean[j] }
        expectMean(
          of: zip(column, other).map(*), is: law.covariance[2 * i + j],
          within: .standardErrors(4), "covariance \(i) \(j)")
      }
    }
  }

  @Test("is refused where no closed form is known, and where it would have to learn")
  func refusals() throws {
    let folder = try ScratchFolder()
    let path = folder("prior.safetensors")
    let prior = try closedFormPrior(steps: 10)
    try prior.save(to: path)
    try prior.extend(to: 3)
    #expect {
      try prior.train()
    } throws: { "\($0)".contains("steps") }
    let settings: JSONValue = ["method": "denoising", "steps": 0]
    let closed: JSONValue = ["denoising": ["network": ["kind": "closed-form"]]]
    for (name, changes, key) in [
      ("funnel", settings.replacing(closed), "network.kind"),
      ("25gmm", settings.replacing(closed).replacing(["steps": 5]), "steps"),
      (
        "25gmm",
        settings.replacing(["denoising": ["network": ["kind": "closed-form"], "kind": "masked"]]),
        "kind"
      ),
      ("25gmm", ["prior": ["run": .string(path)]], "prior.initialize"),
      ("25gmm", ["prior": ["run": .string(path), "initialize": "lora"]], "prior.initialize"),
    ] as [(String, JSONValue, String)] {
      #expect {
        _ = try Run(NamedDensity(name), overrides: changes, pool: ThreadPool(threads: 1))
      } throws: { error in
        "\(error)".contains(key)
      }
    }
  }

  private func closedFormPrior(steps: Int64) throws -> Run {
    let settings: JSONValue = [
      "method": "denoising", "steps": 0,
      "denoising": [
        "steps": .integer(steps), "network": ["kind": "closed-form"], "variance": "learned",
        "schedule": "cosine", "prediction": "velocity",
      ],
    ]
    return try Run(
      NamedDensity("gaussian-mixture", config: Self.mixture),
      overrides: settings, pool: ThreadPool(threads: 2))
  }
}
