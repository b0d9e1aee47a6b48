import Densities
import Kernels
import Networks
import Storage
import Tensors
import TestSupport
import Testing

@testable import Samplers

/// What a model of short texts says of every text, by following all of its steps from every state.
///
/// No draws, so no chance: the law of x_T is a product of transition matrices.
private func law(of run: Run) throws -> [[Int]: Double] {
  guard let trainer = run.trainer as? any StepTrainer, let model = trainer.model as? TokenModel
  else { preconditionFailure("a run of texts") }
  let (diffusion, d) = (model.reversal.diffusion, model.dimension)
  let states = rows(of: diffusion.states, places: d)
  func numbers(_ states: [[Int]]) -> [Float] { states.flatMap { $0.map { Float($0) } } }
  let isMasked = diffusion.noise != .uniform
  let first = states.filter { !isMasked || $0.allSatisfy { $0 == diffusion.tokens } }
  var law = Dictionary(
    uniqueKeysWithValues: first.map { ($0, 1 / Double(first.count)) })
  let tape = Tape()
  tape.isRecording = false
  for step in 0..<model.steps {
    var next: [[Int]: Double] = [:]
    for (x, mass) in law where mass > 0 {
      let possible = states.filter {
        isPossible(x, $0, diffusion.noise, mask: diffusion.tokens)
      }
      for row in stride(from: 0, to: possible.count, by: model.tapeRows) {
        let part = Array(possible[row..<min(possible.count, row + model.tapeRows)])
        var out = [Double](repeating: 0, count: part.count)
        tape.reset()
        model.logProbabilities(
          step, StepRows(first: 0, count: part.count), of: numbers(part),
          from: numbers(part.map { _ in x }),
          Context(
            tape: tape, parameters: ParameterBinding(trainer.parameters, gradients: nil)),
          into: &out)
        for (z, p) in zip(part, out) { next[z, default: 0] += mass * scalarExp(p) }
      }
    }
    law = next
  }
  return law
}

@Suite("A posterior of short texts")
struct TextPosteriorTests {
  /// A kind of noise, steps of a path, tokens of a text, and how the posterior learns.
  ///
  /// A step draws each place by itself, so noise that reveals several at once needs many steps to agree with itself.
  struct Case: Sendable, CustomTestStringConvertible {
    let kind: String
    let steps, length: Int
    let changes: JSONValue
    var testDescription: String { "\(kind), \(changes.compact)" }
  }

  static let cases = [
    Case(kind: "masked", steps: 16, length: 3, changes: [:]),
    Case(kind: "masked", steps: 16, length: 3, changes: ["off_policy": ["source": "prior"]]),
    Case(kind: "masked", steps: 16, length: 3, changes: ["off_policy": ["source": "mixture"]]),
    Case(kind: "ordered", steps: 3, length: 4, changes: [:]),
    Case(
      kind: "ordered", steps: 3, length: 4,
      changes: [
        "objective": "trajectory-balance", "off_policy": ["source": "visited"],
        "optimizer": [
          "learning_rate": 0.01, "schedule": "cosine", "clip_norm": 1, "log_z_learning_rate": 0.1,
        ],
      ]),
    Case(kind: "uniform", steps: 16, length: 3, changes: [:]),
  ]

  /// Texts whose first and last tokens are the same; those before the last are what is to be found.
  private func density(
    _ name: String, _ test: Case, _ folder: ScratchFolder
  ) throws -> NamedDensity {
    try writeAtomically("s = 2 a s a | 2 b s b | 1 a | 1 b | 1 c\n", to: folder("x.grammar"))
    let isEnding = name == "text-ending"
    var text: JSONValue = [
      "data": .string(folder("x.grammar")), "length": .integer(Int64(test.length)),
    ]
    if !isEnding { text = text.replacing(["without_last": 1]) }
    var config: JSONValue = ["text": text]
    if isEnding { config = config.replacing(["ending": "b", "training": ["steps": 150]]) }
    return try NamedDensity(name, config: config)
  }

  private func prior(_ test: Case, _ folder: ScratchFolder) throws -> Run {
    let run = try Run(
      density("texts", test, folder),
      overrides: [
        "method": "denoising", "steps": 150, "batch_size": 64, "seed": 2,
        "optimizer": ["learning_rate": 0.01, "clip_norm": 0],
        "denoising": [
          "kind": .string(test.kind), "steps": .integer(Int64(test.steps)), "average_decay": 0,
          "network": ["width": 16, "layers": 1],
          "tokens": ["knows_time": .bool(test.kind == "uniform")],
        ],
      ])
    try run.train()
    try run.save(to: folder("prior.safetensors"))
    return run
  }

  /// Total variation to p(x) r(x) / Z with every number enumerated.
  @Test("is the enumerated one", arguments: cases)
  func enumerated(_ test: Case) throws {
    let folder = try ScratchFolder()
    let prior = try law(of: prior(test, folder))
    let constraint = try density("text-ending", test, folder)
    let texts = prior.keys.sorted { $0.lexicographicallyPrecedes($1) }
    let values = try CountedDensity(constraint.density).logDensity(
      of: texts.flatMap { $0.map { Float($0) } })
    let weights = zip(texts, values).map { (prior[$0] ?? 0) * scalarExp($1) }
    let z = weights.reduce(0, +)
    let settings: JSONValue = [
      "steps": 300, "batch_size": 64, "seed": 4, "report_every": 100,
      "objective": "log-variance",
      "prior": ["run": .string(folder("prior.safetensors")), "step_fraction": 0.5],
      "optimizer": ["learning_rate": 0.01, "schedule": "cosine", "clip_norm": 1],
    ]
    let run = try Run(constraint, overrides: settings.replacing(test.changes))
    let before = try law(of: run)
    try run.train()
    let after = try law(of: run)
    func distance(_ law: [[Int]: Double]) -> Double {
      zip(texts, weights).reduce(0) { $0 + 0.5 * ((law[$1.0] ?? 0) - $1.1 / z).magnitude }
    }
    #expect((prior.values.reduce(0, +) - 1).magnitude < 1e-5)
    #expect(distance(before) > 0.2)
    #expect(distance(after) <= 0.05, "\(distance(after))")
    let logZ = run.history.last?.logZ ?? .nan
    #expect((logZ - scalarLog(z)).magnitude < 0.2, "\(logZ), \(scalarLog(z))")
  }
}
