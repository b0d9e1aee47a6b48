import Catalogs
import Kernels
import Storage
import Tasks

/// Which beginning and ending, and which model says how likely they are together.
public struct TextEndingConfig: Codable, Sendable, Equatable {
  /// What the model learns: whole texts.
  public var text = TextConfig()
  /// The beginning, which stays as it is; may be empty.
  public var prefix = ""
  /// The ending, in the tokens of the texts.
  public var ending = "b"
  /// D, the tokens before the ending, those of the beginning among them; 0 for what it leaves of the texts'
  /// length.
  public var places = 0
  /// A safetensors file with a language model; empty to train one on the texts, once a process.
  public var model = ""
  /// How a model is trained where no file is given.
  public var training = LanguageModelConfig()

  /// A closing bracket.
  public init() {}

  /// The constraint; with the exact posterior where the texts are those of a grammar.
  /// - Throws: `ConfigError` for texts or a model that cannot be used, and a beginning or ending that is not of
  ///   their tokens or too long; `NumericalError` where the training of the model diverges.
  func open() throws -> any Density {
    let texts = try text.open(under: "text")
    let source = try LanguageModelSource(texts, file: model, training)
    let ending = try tokens(of: ending, "ending", texts)
    try ConfigError.require(!ending.isEmpty, "ending", "it has no tokens")
    let room = texts.length - ending.count
    try ConfigError.require(room > 0, "ending", "a text has at most \(texts.length) tokens")
    try ConfigError.require(
      (0...room).contains(places), "places", "the ending leaves \(room) tokens")
    let dimension = places == 0 ? room : places
    let prefix = try tokens(of: prefix, "prefix", texts)
    try ConfigError.require(
      prefix.count < dimension, "prefix", "it leaves nothing of \(dimension) tokens")
    let constraint = TextEnding(
      try source.model(), prefix: prefix, ending: ending, dimension: dimension)
    guard !texts.probabilities.isEmpty, places == 0 else { return constraint }
    var before = text
    before.withoutLast = ending.count
    return try GrammarEnding(constraint, before.open(under: "text"))
  }

  private func tokens(
    of part: String, _ key: String, _ texts: TokenSet
  ) throws(ConfigError) -> [Int] {
    guard let tokens = texts.vocabulary.encode(part) else {
      throw .invalid(path: key, reason: "'\(part)' is not made of tokens of the texts")
    }
    return tokens
  }
}

/// How likely a text is to go on with a given ending, and to end there.
///
///     log r(x) = log p(ending, end | x),   x up to its first end
///
/// under an autoregressive model trained here. A constraint on texts rather than a density: it has no log Z
/// of its own. With a beginning that is given it is the task of infilling.
/// Reference: Venkatraman et al. (2024), arXiv:2405.20971, section 3.2
public struct TextEnding: TokenDensity {
  /// Sources.
  public static let references = [
    Reference(
      "Venkatraman, Jain, Scimeca, et al.", 2024,
      "Amortizing intractable inference in diffusion models for vision, language, and control",
      "arXiv:2405.20971, section 3.2")
  ]

  /// D.
  public let dimension: Int
  /// Tokens of the beginning.
  public let prefix: [Int]
  /// Tokens of the ending.
  public let ending: [Int]
  let model: LanguageModel

  /// - Precondition: A point and the ending fit in a text of the model.
  init(_ model: LanguageModel, prefix: [Int] = [], ending: [Int], dimension: Int) {
    precondition(dimension + ending.count < model.length, "an ending that is too long")
    (self.model, self.prefix, self.ending) = (model, prefix, ending)
    self.dimension = dimension
  }

  /// The tokens.
  public var vocabulary: Vocabulary { model.vocabulary }

  /// Writes log r.
  public func logDensity(of x: Points, into out: UnsafeMutablePointer<Float>) {
    x.forEachPiece(of: textsAtOnce) { piece, first in
      let rows = (0..<piece.count).map { tokens(piece.data + $0 * dimension) }
      model.logProbabilities(of: ending, after: rows, into: out + first)
    }
  }
}

/// The ending of a text of a grammar, and with it the exact posterior of what stands before.
///
///     p(x | ending) = p(x) r(x) / Z,   Z = Σ_x p(x) r(x),   x the texts of the grammar without their last tokens,
///                                                     with the beginning that is given
///
/// log r is the density; samples, log Z and modes are those of the posterior under the grammar as the prior:
/// what a trained prior's posterior comes near to as far as it has learned the grammar.
public struct GrammarEnding: TokenDensity, ConstraintDensity, NormalizedDensity, SamplableDensity,
  MultimodalDensity
{
  let constraint: TextEnding
  private let table: TextTable
  /// log Z, in nats.
  public let logNormalizer: Double

  /// - Throws: `ConfigError` where no text has the beginning, or the model is one of NaNs.
  init(_ constraint: TextEnding, _ before: TokenSet) throws(ConfigError) {
    let rows = (0..<before.count).map { before.row($0) }
    let prior = zip(rows, before.probabilities).map { row, probability in
      row.starts(with: constraint.prefix) ? probability : 0
    }
    let sum = prior.reduce(0, +)
    try ConfigError.require(sum > 0, "prefix", "no text begins so")
    let points = rows.flatMap { $0.map { Float($0) } }
    var values = [Float](repeating: 0, count: rows.count)
    points.withUnsafeBufferPointer { points in
      guard let start = points.baseAddress else { return }
      constraint.logDensity(
        of: Points(start, count: rows.count, dimension: before.length), into: &values)
    }
    let largest = zip(prior, values).reduce(-Double.infinity) {
      $1.0 > 0 ? max($0, Double($1.1)) : $0
    }
    try ConfigError.require(
      largest.isFinite && !values.contains(where: \.isNaN), "training",
      "the language model gives the ending no probability: its training diverged")
    let weights = zip(prior, values).map { $0 / sum * scalarExp(Double($1) - largest) }
    self.constraint = constraint
    table = TextTable(before, weights: weights)
    logNormalizer = largest + scalarLog(weights.reduce(0, +))
  }

  /// D.
  public var dimension: Int { constraint.dimension }
  /// The tokens.
  public var vocabulary: Vocabulary { constraint.vocabulary }
  /// Tokens of the beginning.
  public var prefix: [Int] { constraint.prefix }
  /// 1.
  public var factors: Int { 1 }
  /// Texts, and one for everything else.
  public var modeCount: Int { table.texts.count + 1 }
  /// The posterior probabilities of the texts, and 0.
  public var modeWeights: [Double] { table.shares }

  /// The number of a text.
  public func mode(of x: UnsafePointer<Float>, factor: Int) -> Int {
    table.number(of: tokens(x))
  }

  /// Writes log r.
  public func logDensity(of x: Points, into out: UnsafeMutablePointer<Float>) {
    constraint.logDensity(of: x, into: out)
  }

  /// Itself: samples and modes are those of the posterior.
  public var posterior: any Density { self }
  /// log Z.
  public var posteriorLogNormalizer: Double? { logNormalizer }

  /// Writes texts of the posterior.
  public func sample(
    _ count: Int, firstRow: Int, _ stream: RandomStream, into out: UnsafeMutablePointer<Float>
  ) { table.sample(count, firstRow: firstRow, stream, into: out) }
}
