import Catalogs
import Diffusions
import Kernels
import Networks
import Storage
import Tensors

/// Texts made out of noise by a network of tokens: discrete diffusion as a chain of steps.
///
///     log p(x_{i+1} | x_i) = Σ_places log p(z | x),    0 for places that are given or unmasked
///
/// Under ordered noise a step reveals one place, each masked one with the same chance: - log (masked places) is added.
/// The first places may be given: they are what they are from noise to data, and count nothing.
package struct TokenModel: DenoisingModel {
  /// Sources.
  package static let references = [
    Reference(
      "Lou, Meng, Ermon", 2024,
      "Discrete diffusion modeling by estimating the ratios of the data distribution",
      "arXiv:2310.16834"),
    Reference(
      "Sahoo, Arriola, Schiff, et al.", 2024,
      "Simple and effective masked diffusion language models",
      "arXiv:2406.07524"),
    Reference(
      "Hoogeboom, Gritsenko, Bastings, et al.", 2022, "Autoregressive diffusion models",
      "arXiv:2110.02037"),
  ]

  /// What the network says, and of which noise.
  package let reversal: TokenReversal
  /// D, the places of a text.
  package let dimension: Int
  /// T.
  package let steps: Int
  /// The tokens of the first places.
  package let prefix: [Int]
  /// What it learns by.
  package let objective: TokenLoss
  /// The network.
  package private(set) var network: TokenNetwork

  /// - Parameter steps: T; ordered noise has its own.
  /// - Precondition: The network has the symbols and outputs of the diffusion.
  package init(
    _ network: TokenNetwork, _ reversal: TokenReversal, dimension: Int, steps: Int,
    prefix: [Int] = [], objective: TokenLoss = .crossEntropy
  ) {
    let diffusion = reversal.diffusion
    precondition(
      network.sizes.symbols == diffusion.states && network.sizes.outputs == diffusion.tokens
        && prefix.count < dimension, "a network of other tokens")
    (self.network, self.reversal, self.dimension) = (network, reversal, dimension)
    (self.prefix, self.objective) = (prefix, objective)
    self.steps = diffusion.noise == .ordered ? dimension - prefix.count : steps
  }

  package var conditionDimension: Int { 0 }

  package var tapeRows: Int { max(1, 256 / dimension) }

  private var diffusion: TokenDiffusion { reversal.diffusion }

  package func with(steps: Int) throws(ConfigError) -> TokenModel {
    let model = TokenModel(
      network, reversal, dimension: dimension, steps: steps, prefix: prefix, objective: objective)
    try ConfigError.require(
      model.steps == steps, "steps", "ordered noise has \(model.steps), one for each place")
    return model
  }

  private var isOrdered: Bool { diffusion.noise == .ordered }

  /// The places that are not given.
  private var free: Range<Int> { prefix.count..<dimension }

  package func adapted(
    _ name: String, rank: Int, alpha: Double, in set: ParameterSet
  ) -> TokenModel {
    var model = self
    model.network = network.adapted(name, rank: rank, alpha: alpha, in: set)
    return model
  }

  package func start(
    _ rows: StepRows, _ stream: RandomStream, into states: UnsafeMutablePointer<Float>
  ) {
    for row in 0..<rows.count {
      for place in 0..<dimension {
        var words = stream.words(of: .integer, row: rows.first + row, column: place)
        states[row * dimension + place] = Float(
          place < prefix.count ? prefix[place] : diffusion.randomState(&words))
      }
    }
  }

  package func startLogProbabilities(
    _ rows: StepRows, of states: UnsafePointer<Float>,
    into logProbabilities: UnsafeMutablePointer<Double>
  ) {
    for row in 0..<rows.count { logProbabilities[row] = Double(free.count) * diffusion.logStart }
  }

  package func advance(
    _ step: Int, _ rows: StepRows, from states: UnsafePointer<Float>, _ stream: RandomStream,
    _ context: Context, into next: UnsafeMutablePointer<Float>,
    logProbabilities: UnsafeMutablePointer<Double>
  ) {
    let change = diffusion.step(step, of: steps)
    let asked = (0..<rows.count).filter { row in
      free.contains { place in
        let words = stream.words(
          of: .categorical, step: UInt32(step), row: rows.first + row, column: place)
        return !reversal.stays(Int(states[row * dimension + place]), change, words)
      }
    }
    let said = said(states, rows.count, of: asked, step, context)
    withScratch { scratch in
      for row in 0..<rows.count {
        let x = states + row * dimension
        let z = next + row * dimension
        let turn = turn(in: x, rows.first + row, step, stream)
        for place in 0..<dimension {
          z[place] = x[place]
          guard place >= prefix.count, turn.map({ $0 == place }) ?? true else { continue }
          var words = stream.words(
            of: .categorical, step: UInt32(step), row: rows.first + row, column: place)
          z[place] = Float(
            reversal.draw(
              after: Int(x[place]), change,
              outputs: said(row) + place * diffusion.tokens,
              &words, scratch))
        }
        logProbabilities[row] = logProbability(
          of: z, from: x, change, said(row), scratch)
      }
    }
  }

  package func logProbabilities(
    _ step: Int, _ rows: StepRows, of next: UnsafePointer<Float>,
    from states: UnsafePointer<Float>, _ context: Context,
    into logProbabilities: UnsafeMutablePointer<Double>
  ) {
    let asked = rowsOfUnknownMoves(rows.count, from: states, to: next)
    let said = said(states, rows.count, of: asked, step, context)
    let change = diffusion.step(step, of: steps)
    withScratch { scratch in
      for row in 0..<rows.count {
        logProbabilities[row] = logProbability(
          of: next + row * dimension, from: states + row * dimension, change,
          said(row), scratch)
      }
    }
  }

  package func logProbability(
    _ steps: UnsafePointer<Int32>, _ rows: StepRows, of next: UnsafePointer<Float>,
    from states: UnsafePointer<Float>, _ context: Context
  ) -> Tensor {
    let tape = context.tape
    let asked = rowsOfUnknownMoves(rows.count, from: states, to: next)
    guard !asked.isEmpty else { return tape.zeros(Shape(rows.count)) }
    let outputs = outputs(states, of: asked, context) { Int(steps[$0]) }
    let places = tape.reshape(outputs, Shape(asked.count * dimension, diffusion.tokens))
    let logProbabilities = reversal.logProbabilities(places, on: tape) { index in
      let (row, place) = (asked[index / dimension], index % dimension)
      let (from, to) = (Int(states[row * dimension + place]), Int(next[row * dimension + place]))
      guard place >= prefix.count, !isOrdered || from != to else { return nil }
      return TokenMove(
        from: from, to: to, step: diffusion.step(Int(steps[row]), of: self.steps))
    }
    let sums = tape.sum(
      tape.reshape(logProbabilities, Shape(asked.count, dimension)), over: [1])
    return tape.scatterAdd(
      sums, tape.indices(count: asked.count) { asked[$0] }, entries: rows.count)
  }

  /// log p of the move of one row.
  private func logProbability(
    of next: UnsafePointer<Float>, from x: UnsafePointer<Float>, _ change: TokenStep,
    _ outputs: UnsafePointer<Float>, _ scratch: UnsafeMutablePointer<Double>
  ) -> Double {
    var sum = 0.0
    if isOrdered { sum -= scalarLog(Double(max(1, masked(in: x)))) }
    for place in free where !isOrdered || x[place] != next[place] {
      sum += reversal.logProbability(
        of: Int(next[place]), after: Int(x[place]), change,
        outputs: outputs + place * diffusion.tokens, scratch)
    }
    return sum
  }

  /// The place whose turn it is to be revealed; nil where noise has no order.
  private func turn(
    in x: UnsafePointer<Float>, _ row: Int, _ step: Int, _ stream: RandomStream
  ) -> Int? {
    guard isOrdered else { return nil }
    let places = free.filter { Int(x[$0]) == diffusion.mask }
    guard !places.isEmpty else { return -1 }
    return places[stream.draw(IntegerBelow(places.count), step: UInt32(step), row: row)]
  }

  private func masked(in x: UnsafePointer<Float>) -> Int {
    free.count { Int(x[$0]) == diffusion.mask }
  }

  /// Rows with a move whose probability depends on what the network says.
  private func rowsOfUnknownMoves(
    _ rows: Int, from states: UnsafePointer<Float>, to next: UnsafePointer<Float>
  ) -> [Int] {
    (0..<rows).filter { row in
      free.contains { place in
        let index = row * dimension + place
        return !reversal.isKnown(from: Int(states[index]), to: Int(next[index]))
      }
    }
  }

  /// What the network says of every place of some rows, [rows asked for, D, K].
  private func outputs(
    _ states: UnsafePointer<Float>, of asked: [Int], _ context: Context, _ step: (Int) -> Int
  ) -> Tensor {
    let tape = context.tape
    let symbols = tape.indices(count: asked.count * dimension) { index in
      Int(states[asked[index / dimension] * dimension + index % dimension])
    }
    let times =
      network.sizes.hasTime
      ? tape.constant(asked.map { Double(step($0)) / Double(steps) }, Shape(asked.count, 1)) : nil
    return network(symbols, batch: asked.count, at: times, context)
  }

  /// Where it is written what the network says of a row; not to be read in rows for which it is not asked.
  ///
  /// Masked places mostly stay masked in a step, and nobody needs to know what they might have become.
  private func said(
    _ states: UnsafePointer<Float>, _ rows: Int, of asked: [Int], _ step: Int, _ context: Context
  ) -> (Int) -> UnsafePointer<Float> {
    let size = dimension * diffusion.tokens
    let start = floats(
      asked.isEmpty
        ? context.tape.zeros(Shape(size)) : outputs(states, of: asked, context) { _ in step })
    var positions = [Int](repeating: 0, count: rows)
    for (position, row) in asked.enumerated() { positions[row] = position }
    return { [positions] row in start + positions[row] * size }
  }

  private func floats(_ tensor: Tensor) -> UnsafePointer<Float> {
    precondition(tensor.type == .float32, "states are drawn in 32-bit floats")
    return UnsafePointer(tensor.data.assumingMemoryBound(to: Float.self))
  }

  private func withScratch(_ body: (UnsafeMutablePointer<Double>) -> Void) {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: diffusion.states) { scratch in
      if let start = scratch.baseAddress { body(start) }
    }
  }
}
