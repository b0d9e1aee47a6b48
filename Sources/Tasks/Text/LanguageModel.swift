import Kernels
import Networks
import Optimizers
import Storage
import Tensors
import Training

/// An autoregressive model of texts: a Transformer whose places see those before them.
///
///     log p(x) = Σ_i log p(x_i | begin, x_0 … x_{i-1}),  i up to the first end, which counts
///
public final class LanguageModel: Sendable {
  /// The tokens.
  public let vocabulary: Vocabulary
  /// The longest text, with its end.
  public let length: Int
  /// Sizes, and how it was trained.
  public let config: LanguageModelConfig
  package let network: TokenNetwork
  package let parameters: ParameterSet
  private let tapes = SharedTapes()

  /// The symbol before the first token.
  private var begin: Int32 { Int32(vocabulary.count) }

  /// A model as it begins, for texts of at most so many tokens and an end.
  init(_ vocabulary: Vocabulary, length: Int, _ config: LanguageModelConfig) {
    let parameters = ParameterSet()
    var sizes = TokenNetworkSizes(
      symbols: vocabulary.count + 1, outputs: vocabulary.count, places: length + 1)
    (sizes.width, sizes.heads, sizes.layers) = (config.width, config.heads, config.layers)
    network = TokenNetwork("language", sizes, in: parameters)
    parameters.initialize(seed: config.seed)
    (self.vocabulary, self.length) = (vocabulary, length + 1)
    (self.config, self.parameters) = (config, parameters)
  }

  /// A model that learned the rows for training.
  ///
  /// Same rows and config, same bits, for any number of threads and any instruction set.
  /// - Parameter report: Told the mean loss of each step.
  /// - Throws: `ConfigError` for numbers that make no sense, `NumericalError` where training diverges.
  public convenience init(
    of texts: TokenSet, _ config: LanguageModelConfig = LanguageModelConfig(),
    pool: ThreadPool = .shared, report: (Double) -> Void = { _ in }
  ) throws {
    try config.validate()
    self.init(texts.vocabulary, length: texts.length, config)
    let optimizer = Optimizer(try Adam(), parameters) { _ in
      GroupSettings(learningRate: config.learningRate)
    }
    let trainer = BatchTrainer(
      parameters, optimizer, blockRows: 16, tapeRows: 8, seed: config.seed, pool: pool)
    trainer.clipNorm = 1
    let stream = RandomStream(seed: config.seed).folding(.shuffling)
    var preparation = Preparation(of: "language model", steps: config.steps)
    for step in 0..<config.steps {
      let stream = stream.folding(UInt64(step))
      let factor = 1 - Double(step) / Double(config.steps)
      report(
        try trainer.step(rows: config.batchSize, factor: factor) { [self] context, rows in
          let texts = rows.map { row in
            var words = stream.words(of: .categorical, row: row)
            return texts.draw(&words)
          }.map { (tokens: texts.row($0), first: 0) }
          return context.tape.sum(self.losses(of: texts, context))
        })
      try preparation.advance()
    }
  }

  /// -log p of each token from a place of its own on, up to the end, [texts, places].
  /// - Parameter texts: Tokens, up to `length`, and the first place that counts.
  package func losses(of texts: [(tokens: [Int], first: Int)], _ context: Context) -> Tensor {
    let tape = context.tape
    var (symbols, labels): ([Int], [Int]) = ([], [])
    for text in texts {
      symbols.append(Int(begin))
      var isOver = false
      for place in 0..<length {
        let token = place < text.tokens.count ? text.tokens[place] : Vocabulary.end
        labels.append(place >= text.first && !isOver ? token : -1)
        isOver = isOver || token == Vocabulary.end
        if place + 1 < length { symbols.append(token) }
      }
    }
    let logits = network(
      tape.indices(symbols), batch: texts.count, mask: .causal, context)
    return tape.crossEntropy(logits, labels: tape.indices(labels))
  }

  /// Writes log p(ending, end | beginning) of each beginning, [beginnings].
  ///
  /// The ending is appended to the beginning, and nothing but it and the end is scored.
  /// - Parameter beginnings: Tokens up to their end, which is not appended.
  /// - Precondition: beginning and ending together have less than `length` tokens.
  package func logProbabilities(
    of ending: [Int], after beginnings: [[Int]], into out: UnsafeMutablePointer<Float>
  ) {
    let texts = beginnings.map { row in
      let own = row.prefix { $0 != Vocabulary.end }
      precondition(own.count + ending.count < length, "a text that is too long")
      return (tokens: Array(own + ending), first: own.count)
    }
    logProbabilities(of: texts, into: out)
  }

  /// Writes the log-probability of each text from a place of its own on, up to the end, [texts].
  /// - Precondition: Texts have at most `length` tokens.
  package func logProbabilities(
    of texts: [(tokens: [Int], first: Int)], into out: UnsafeMutablePointer<Float>
  ) {
    tapes.borrow { tape in
      let context = Context(
        tape: tape, parameters: ParameterBinding(parameters, gradients: nil))
      let losses = losses(of: texts, context)
      for row in texts.indices {
        var sum = 0.0
        for place in 0..<length { sum -= losses[row * length + place] }
        out[row] = Float(sum)
      }
    }
  }
}
