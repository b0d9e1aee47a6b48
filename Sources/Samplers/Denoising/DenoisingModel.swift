import Catalogs
import Densities
import Diffusions
import Kernels
import Networks
import Storage
import Tensors

/// A chain that is learned from data, by undoing noise.
package protocol DenoisingModel: StepModel {
  /// The sum over rows of what training makes small.
  ///
  /// Noise levels and noise are drawn from the stream by the rows' numbers in the batch.
  /// - Parameter data: x_T, [rows, D].
  func loss(
    _ rows: StepRows, of data: UnsafePointer<Float>, _ stream: RandomStream, _ context: Context
  ) -> Tensor

  /// The same network followed in another number of steps.
  /// - Throws: `ConfigError` where it cannot be.
  func with(steps: Int) throws(ConfigError) -> Self
}

/// A kind of noise that a model may learn to undo.
package struct DenoisingKind: Sendable {
  /// What users type.
  package let name: String
  /// One sentence.
  package let summary: String
  /// Sources.
  package let references: [Reference]
  /// Declares a model's parameters.
  package let make:
    @Sendable (_ config: DenoisingConfig, _ shape: DenoisingShape, _ set: ParameterSet) throws
      -> any DenoisingModel
}

/// Sizes that a model is made for.
package struct DenoisingShape: Sendable {
  /// D.
  package let dimension: Int
  /// Numbers that describe a condition; 0 for none.
  package let conditionDimension: Int
  /// K, the tokens of a place; 0 where states are no texts.
  package let tokens: Int
  /// The tokens of the first places, where they are given.
  package let prefix: [Int]
  /// What is learned, where it is a mixture, whose best network is known.
  let mixture: GaussianMixture?

  /// What the names of parameters begin with that only models with conditions have.
  static let conditional = "condition"

  /// Collects the sizes.
  package init(
    dimension: Int, conditionDimension: Int = 0, tokens: Int = 0, prefix: [Int] = [],
    mixture: GaussianMixture? = nil
  ) {
    (self.dimension, self.conditionDimension) = (dimension, conditionDimension)
    (self.tokens, self.prefix, self.mixture) = (tokens, prefix, mixture)
  }

  /// The same sizes for a chain that learns a density, or begins as one that did.
  func with(mixture: GaussianMixture?) -> DenoisingShape {
    DenoisingShape(
      dimension: dimension, conditionDimension: conditionDimension, tokens: tokens, prefix: prefix,
      mixture: mixture)
  }

  /// The sizes of what is sampled, or of a constraint on it.
  init(of density: any Density) {
    let texts = density as? any TokenDensity
    self.init(
      dimension: density.dimension,
      conditionDimension: (density as? any ConditionalDensity)?.conditionDimension ?? 0,
      tokens: texts?.tokenCount ?? 0, prefix: texts?.prefix ?? [],
      mixture: density as? GaussianMixture)
  }
}

/// The kinds of noise.
package let denoisingKinds: [DenoisingKind] = [
  DenoisingKind(
    name: "gaussian", summary: "Gaussian noise on numbers.",
    references: GaussianChain.references, make: { try GaussianChain($0, $1, in: $2) }),
  .tokens("masked", .absorbing, "Masks on tokens, each at a time of its own."),
  .tokens("ordered", .ordered, "Masks on tokens, one after another in random order."),
  .tokens("uniform", .uniform, "Random tokens in the place of tokens."),
]

extension DenoisingKind {
  fileprivate static func tokens(_ name: String, _ noise: TokenNoise, _ summary: String) -> Self {
    DenoisingKind(
      name: name, summary: summary, references: TokenModel.references,
      make: { try TokenModel(noise, $0, $1, in: $2) })
  }
}

/// The kind of a name.
/// - Throws: `ConfigError.unknownChoice`.
func denoisingKind(_ name: String) throws(ConfigError) -> DenoisingKind {
  if let kind = denoisingKinds.first(where: { $0.name == name }) { return kind }
  let names = denoisingKinds.map(\.name)
  throw .unknownChoice(
    path: "kind", value: name, suggestion: nearestName(to: name, in: names), choices: names)
}
