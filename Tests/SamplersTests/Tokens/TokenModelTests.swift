import Densities
import Diffusions
import Kernels
import Networks
import Storage
import Tensors
import TestSupport
import Testing

@testable import Samplers

/// A small model of texts with random parameters.
struct SmallTokenModel: Sendable {
  let model: TokenModel
  let set = ParameterSet()

  init(
    _ test: TokenModelCase, places: Int = 3, steps: Int = 4, prefix: [Int] = [], seed: UInt64 = 2
  ) {
    let diffusion = TokenDiffusion(test.noise, tokens: 3)
    var sizes = TokenNetworkSizes(symbols: diffusion.states, outputs: 3, places: places)
    (sizes.width, sizes.heads, sizes.layers) = (8, 2, 1)
    sizes.hasTime = test.noise == .uniform
    model = TokenModel(
      TokenNetwork("network", sizes, in: set), TokenReversal(diffusion, test.prediction),
      dimension: places, steps: steps, prefix: prefix,
      objective: test.prediction == .ratios ? .scoreEntropy : .crossEntropy)
    set.initialize(seed: seed)
    for (i, change) in spread(set.count, seed: 7, scale: 0.5).enumerated() {
      set.values[i] += change
    }
    set.refreshTransposes()
  }

  func context(_ tape: Tape, gradients: UnsafeMutableRawPointer? = nil) -> Context {
    Context(tape: tape, parameters: ParameterBinding(set, gradients: gradients))
  }

  /// log p of the moves from one state to others, each other a row.
  func logProbabilities(_ step: Int, from x: [Int], to next: [[Int]]) -> [Double] {
    let states = next.flatMap { _ in x.map { Float($0) } }
    var out = [Double](repeating: .nan, count: next.count)
    model.logProbabilities(
      step, StepRows(first: 0, count: next.count), of: next.flatMap { $0.map { Float($0) } },
      from: states, context(Tape()), into: &out)
    return out
  }
}

struct TokenModelCase: Sendable, CustomTestStringConvertible {
  let noise: TokenNoise
  let prediction: TokenPrediction
  static let all = TokenNoise.allCases.flatMap { noise in
    TokenPrediction.allCases.map { TokenModelCase(noise: noise, prediction: $0) }
  }
  var testDescription: String { "\(noise.rawValue), \(prediction.rawValue)" }
}

/// All rows of so many digits.
func rows(of states: Int, places: Int) -> [[Int]] {
  (0..<places).reduce([[]]) { rows, _ in rows.flatMap { row in (0..<states).map { row + [$0] } } }
}

/// Whether noise could lead back.
func isPossible(_ x: [Int], _ z: [Int], _ noise: TokenNoise, mask: Int = 3) -> Bool {
  switch noise {
  case .uniform: true
  case .absorbing: zip(x, z).allSatisfy { $0 == mask || $0 == $1 }
  case .ordered:
    zip(x, z).allSatisfy { $0 == mask || $0 == $1 } && zip(x, z).count { $0 != $1 } == 1
  }
}

@Suite("A model of texts")
struct TokenModelTests {
  @Test(
    "has transitions that add up to 1 over all texts, from every text",
    arguments: TokenModelCase.all)
  func sums(_ test: TokenModelCase) {
    let small = SmallTokenModel(test)
    let states = small.model.reversal.diffusion.states
    let all = rows(of: states, places: 3)
    for step in [0, 1, small.model.steps - 1] {
      for x in all.prefix(64).filter({ test.noise != .ordered || $0.contains(3) }) {
        let possible = all.filter { isPossible(x, $0, test.noise) }
        let sum = small.logProbabilities(step, from: x, to: possible).reduce(0.0) {
          $0 + scalarExp($1)
        }
        expect(sum, equals: 1, within: .absolute(1e-6), "step \(step) from \(x)")
      }
    }
  }

  @Test("draws what it says, and leaves a beginning alone", arguments: TokenModelCase.all)
  func draws(_ test: TokenModelCase) {
    let small = SmallTokenModel(test, prefix: [2])
    let (model, count) = (small.model, 40)
    let stream = RandomStream(seed: 3)
    var (x, z) = ([Float](repeating: 0, count: 3 * count), [Float](repeating: 0, count: 3 * count))
    var (drawn, known) = (
      [Double](repeating: 0, count: count), [Double](repeating: 0, count: count)
    )
    let rows = StepRows(first: 0, count: count)
    model.start(rows, stream, into: &x)
    for step in 0..<model.steps {
      model.advance(
        step, rows, from: x, stream, small.context(Tape()), into: &z, logProbabilities: &drawn)
      model.logProbabilities(step, rows, of: z, from: x, small.context(Tape()), into: &known)
      #expect(drawn == known && drawn.allSatisfy { $0.isFinite && $0 <= 0 })
      // The middle of the batch by itself.
      var (part, alone) = ([Float](repeating: 0, count: 30), [Double](repeating: 0, count: 10))
      model.advance(
        step, StepRows(first: 7, count: 10), from: Array(x[21..<51]), stream,
        small.context(Tape()), into: &part, logProbabilities: &alone)
      #expect(part == Array(z[21..<51]) && alone == Array(drawn[7..<17]))
      x = z
    }
    #expect((0..<count).allSatisfy { x[3 * $0] == 2 } && x.allSatisfy { $0 < 3 })
  }

  @Test("says of a revealed token what the network says, whatever other rows do")
  func revealed() {
    let small = SmallTokenModel(TokenModelCase(noise: .absorbing, prediction: .tokens))
    let x = [3, 1, 3, 3, 3, 3, 0, 2, 1, 3, 3, 2]
    let z = [3, 1, 3, 3, 2, 0, 0, 2, 1, 1, 3, 2]
    var said = [Double](repeating: .nan, count: 4)
    small.model.logProbabilities(
      1, StepRows(first: 0, count: 4), of: z.map { Float($0) }, from: x.map { Float($0) },
      small.context(Tape()), into: &said)
    let tape = Tape()
    let outputs = small.model.network(
      tape.indices(x), batch: 4, at: nil, small.context(tape))
    let step = small.model.reversal.diffusion.step(1, of: small.model.steps)
    for row in 0..<4 {
      let sum = (0..<3).reduce(0.0) { sum, place in
        let index = 3 * row + place
        guard x[index] == 3 else { return sum }
        guard z[index] != 3 else { return sum + scalarLog(step.hidden) }
        let logits = (0..<3).map { outputs[3 * index + $0] }
        let all = logits.reduce(0) { $0 + scalarExp($1) }
        return sum + scalarLog(step.revealed) + logits[z[index]] - scalarLog(all)
      }
      expect(said[row], equals: sum, within: .absolute(1e-6), "row \(row)")
    }
  }

  @Test("draws texts as often as it says", arguments: TokenModelCase.all)
  func shares(_ test: TokenModelCase) {
    let small = SmallTokenModel(test)
    let (model, count) = (small.model, 4000)
    let states = model.reversal.diffusion.states
    let x = test.noise == .uniform ? [0, 1, 2] : [3, 3, 3]
    for step in [0, model.steps - 1] {
      var (z, drawn) = (
        [Float](repeating: 0, count: 3 * count), [Double](repeating: 0, count: count)
      )
      model.advance(
        step, StepRows(first: 0, count: count), from: (0..<3 * count).map { Float(x[$0 % 3]) },
        RandomStream(seed: 4), small.context(Tape()), into: &z, logProbabilities: &drawn)
      let texts = (0..<count).map { row in (0..<3).map { Int(z[3 * row + $0]) } }
      let shares = Dictionary(texts.map { ($0, 1.0 / Double(count)) }, uniquingKeysWith: +)
      let possible = rows(of: states, places: 3).filter { isPossible(x, $0, test.noise) }
      let said = small.logProbabilities(step, from: x, to: possible).map { scalarExp($0) }
      for (text, p) in zip(possible, said) {
        let error = (p * (1 - p) / Double(count)).squareRoot()
        expect(shares[text] ?? 0, equals: p, within: .absolute(4.5 * error + 1e-3), "\(text)")
      }
    }
  }

  @Test("learns by the gradient of what it says", arguments: TokenModelCase.all)
  func gradient(_ test: TokenModelCase) {
    let small = SmallTokenModel(test)
    let tape = Tape()
    let gradient = UnsafeMutablePointer<Float>.allocate(capacity: small.set.count)
    defer { gradient.deallocate() }
    gradient.update(repeating: 0, count: small.set.count)
    let mask = test.noise == .uniform ? 0 : 3
    let from = [mask, 1, mask, mask, mask, mask].map { Float($0) }
    let to = [2, 1, mask, mask, 0, mask].map { Float($0) }
    func sum() -> Double {
      var total = 0.0
      for (row, step) in [1, 2].enumerated() {
        var out = [0.0]
        small.model.logProbabilities(
          step, StepRows(first: 0, count: 1), of: Array(to[3 * row..<3 * row + 3]),
          from: Array(from[3 * row..<3 * row + 3]), small.context(Tape()), into: &out)
        total += out[0]
      }
      return total
    }
    let value = small.model.logProbability(
      [1, 2], StepRows(first: 0, count: 2), of: to, from: from,
      small.context(tape, gradients: UnsafeMutableRawPointer(gradient)))
    #expect(value.shape == Shape(2))
    tape.backward(from: tape.sum(value))
    let direction = spread(small.set.count, seed: 3, scale: 1)
    let slope = direction.indices.reduce(0.0) {
      $0 + Double(direction[$1]) * Double(gradient[$1])
    }
    let difference = centralDifference(step: 2e-3) { h in
      for i in direction.indices { small.set.values[i] += Float(h) * direction[i] }
      small.set.refreshTransposes()
      defer {
        for i in direction.indices { small.set.values[i] -= Float(h) * direction[i] }
        small.set.refreshTransposes()
      }
      return sum()
    }
    expect(slope, equals: difference, within: .absolute(0.03 * (1 + difference.magnitude)))
  }

  @Test("has noise that it knows the probability of", arguments: TokenModelCase.all)
  func noise(_ test: TokenModelCase) {
    let model = SmallTokenModel(test, prefix: [1]).model
    let count = 3000
    let stream = RandomStream(seed: 5)
    let rows = StepRows(first: 0, count: count)
    for step in 0..<model.steps {
      let z = test.noise == .ordered && step == 0 ? [1, 2, 3] : [1, 2, 0]
      let next = (0..<count).flatMap { _ in z.map { Float($0) } }
      var x = [Float](repeating: 0, count: 3 * count)
      model.noise(step, rows, from: next, stream, into: &x)
      var known = [Double](repeating: 0, count: count)
      model.noiseLogProbabilities(step, rows, of: x, from: next, into: &known)
      #expect((0..<count).allSatisfy { x[3 * $0] == 1 })
      let words = (0..<count).map { row in Array(x[3 * row..<3 * row + 3]) }
      for word in Set(words) {
        let index = words.firstIndex(of: word) ?? 0
        let share = scalarExp(known[index])
        guard share < 1 else { continue }
        expectMean(
          of: words.map { $0 == word ? 1 : 0 }, is: share, within: .standardErrors(4.5),
          "step \(step) to \(word)")
      }
      if step == 0, test.noise != .uniform { #expect(words.allSatisfy { $0[1] == 3 }) }
    }
  }

  @Test("has a finite loss at all times", arguments: TokenModelCase.all)
  func loss(_ test: TokenModelCase) {
    let small = SmallTokenModel(test)
    for step in 0..<50 {
      let tape = Tape()
      var context = small.context(tape)
      context.batchRows = 16
      let data = (0..<48).map { Float($0 * $0 % 3) }
      let loss = small.model.loss(
        StepRows(first: 0, count: 16), of: data, RandomStream(seed: UInt64(step)), context)
      #expect(loss[0].isFinite && loss[0] >= 0, "step \(step)")
    }
  }
}
