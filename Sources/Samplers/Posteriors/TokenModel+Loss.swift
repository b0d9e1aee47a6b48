import Diffusions
import Kernels
import Networks
import Storage
import Tensors

extension TokenModel {
  /// Declares a network for texts.
  /// - Throws: `ConfigError` for a density that is not one of texts.
  init(
    _ noise: TokenNoise, _ config: DenoisingConfig, _ shape: DenoisingShape, in set: ParameterSet
  ) throws(ConfigError) {
    try ConfigError.require(shape.tokens > 0, "kind", "it is for texts, and the density has none")
    let (network, tokens) = (config.network, config.tokens)
    try ConfigError.require(
      network.width.isMultiple(of: network.heads), "network.heads",
      "the width must be a multiple of it")
    try ConfigError.require(
      noise != .uniform || tokens.knowsTime, "tokens.knows_time",
      "random tokens do not say how much noise there is; the network must be told the time")
    let diffusion = TokenDiffusion(
      noise, tokens: shape.tokens, leastSurvival: tokens.leastSurvival)
    var sizes = TokenNetworkSizes(
      symbols: diffusion.states, outputs: shape.tokens, places: shape.dimension)
    (sizes.width, sizes.heads, sizes.layers) = (network.width, network.heads, network.layers)
    sizes.hasTime = tokens.knowsTime
    self.init(
      TokenNetwork("network", sizes, in: set), TokenReversal(diffusion, tokens.prediction),
      dimension: shape.dimension, steps: config.steps, prefix: shape.prefix,
      objective: tokens.loss)
  }

  /// The bound on -log p, or the cross-entropy, of noised texts, summed over rows.
  ///
  /// Each row has a time of its own; those of a batch are spread evenly over [0, 1].
  package func loss(
    _ rows: StepRows, of data: UnsafePointer<Float>, _ stream: RandomStream, _ context: Context
  ) -> Tensor {
    let (tape, diffusion) = (context.tape, reversal.diffusion)
    let shift = stream.draw(Uniform(in: 0..<1), row: 0)
    let times = (0..<rows.count).map { row in
      (shift + Double(rows.first + row) / Double(max(1, context.batchRows)))
        .truncatingRemainder(dividingBy: 1)
    }
    let noised = tape.indices(count: rows.count * dimension) { index in
      let (row, place) = (index / dimension, index % dimension)
      guard place >= prefix.count else { return Int(data[index]) }
      var words = stream.words(of: .categorical, row: rows.first + row, column: place)
      return diffusion.noise(
        Int(data[index]), survival: diffusion.survival(at: times[row]), &words)
    }
    let outputs = network(
      noised, batch: rows.count,
      at: network.sizes.hasTime ? tape.constant(times, Shape(rows.count, 1)) : nil, context)
    let places = tape.reshape(outputs, Shape(rows.count * dimension, diffusion.tokens))
    let losses = reversal.losses(objective, places, on: tape) { index in
      guard index % dimension >= prefix.count else { return nil }
      return TokenExample(
        data: Int(data[index]), noised: Int(noised.data[index]),
        survival: diffusion.survival(at: times[index / dimension]))
    }
    return tape.sum(losses)
  }
}
