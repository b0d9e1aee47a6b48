import Kernels
import Storage
import Tasks

/// Which texts, and which model says how likely those of a file are.
public struct TextsConfig: Codable, Sendable, Equatable {
  /// The texts.
  public var text = TextConfig()
  /// A safetensors file with a language model; empty to train one on the texts, once a process.
  public var model = ""
  /// How a model is trained where no file is given.
  public var training = LanguageModelConfig()

  /// Texts of brackets.
  public init() {}

  /// The texts with their probabilities.
  /// - Throws: `ConfigError`.
  func open() throws(ConfigError) -> any Density {
    let texts = try text.open(under: "text")
    if !texts.probabilities.isEmpty { return GrammarTexts(texts) }
    return FileTexts(texts, try LanguageModelSource(texts, file: model, training))
  }
}

/// The texts of a grammar with their probabilities.
///
///     log ρ(x) = log p(x),   -100 for what is no text of the grammar
///
/// Its modes are the texts, and one more is everything else: so the distance between shares and masses is the
/// total variation between distributions of texts.
public struct GrammarTexts: TokenDensity, NormalizedDensity, SamplableDensity, MultimodalDensity {
  /// log ρ of what is no text.
  static let leastLogProbability = -100.0

  private let table: TextTable

  /// - Precondition: The texts have probabilities.
  init(_ texts: TokenSet) { table = TextTable(texts, weights: texts.probabilities) }

  /// The tokens.
  public var vocabulary: Vocabulary { table.texts.vocabulary }
  /// Tokens of a text.
  public var dimension: Int { table.texts.length }
  /// 0, of the sum over texts.
  public var logNormalizer: Double { 0 }
  /// 1.
  public var factors: Int { 1 }
  /// Texts, and one for everything else.
  public var modeCount: Int { table.texts.count + 1 }
  /// The probabilities of the texts, and 0.
  public var modeWeights: [Double] { table.shares }

  /// The number of a text.
  public func mode(of x: UnsafePointer<Float>, factor: Int) -> Int {
    table.number(of: tokens(x))
  }

  /// Writes log ρ.
  public func logDensity(of x: Points, into out: UnsafeMutablePointer<Float>) {
    for row in 0..<x.count {
      let number = table.number(of: tokens(x.data + row * dimension))
      out[row] =
        number < table.texts.count
        ? Float(scalarLog(table.probabilities[number])) : Float(Self.leastLogProbability)
    }
  }

  /// Writes texts.
  public func sample(
    _ count: Int, firstRow: Int, _ stream: RandomStream, into out: UnsafeMutablePointer<Float>
  ) { table.sample(count, firstRow: firstRow, stream, into: out) }
}

/// The texts of a file, as a language model judges them.
///
/// Samples are rows of the file; log ρ is the model's log-probability of a text. The model is trained when
/// it is first asked.
public struct FileTexts: TokenDensity, SamplableDensity {
  private let texts: TokenSet
  let source: LanguageModelSource

  init(_ texts: TokenSet, _ source: LanguageModelSource) {
    (self.texts, self.source) = (texts, source)
  }

  /// The tokens.
  public var vocabulary: Vocabulary { texts.vocabulary }
  /// Tokens of a text.
  public var dimension: Int { texts.length }

  /// Writes log ρ.
  public func logDensity(of x: Points, into out: UnsafeMutablePointer<Float>) throws {
    let model = try source.model()
    x.forEachPiece(of: textsAtOnce) { piece, first in
      let rows = (0..<piece.count).map { tokens(piece.data + $0 * dimension) }
      model.logProbabilities(of: rows.map { ($0, 0) }, into: out + first)
    }
  }

  /// Writes texts to learn from.
  public func sample(
    _ count: Int, firstRow: Int, _ stream: RandomStream, into out: UnsafeMutablePointer<Float>
  ) {
    for row in 0..<count {
      var words = stream.words(of: .categorical, row: firstRow + row)
      for (place, token) in texts.row(texts.draw(&words)).enumerated() {
        out[row * dimension + place] = Float(token)
      }
    }
  }
}

/// Texts that a language model scores together.
let textsAtOnce = 8
