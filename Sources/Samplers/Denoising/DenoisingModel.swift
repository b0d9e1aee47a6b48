import Catalogs
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

  /// Collects the sizes.
  package init(dimension: Int, conditionDimension: Int = 0) {
    (self.dimension, self.conditionDimension) = (dimension, conditionDimension)
  }
}

/// The kinds of noise.
package let denoisingKinds: [DenoisingKind] = [
  DenoisingKind(
    name: "gaussian", summary: "Gaussian noise on numbers.",
    references: GaussianChain.references, make: { try GaussianChain($0, $1, in: $2) })
]

/// The kind of a name.
/// - Throws: `ConfigError.unknownChoice`.
func denoisingKind(_ name: String) throws(ConfigError) -> DenoisingKind {
  if let kind = denoisingKinds.first(where: { $0.name == name }) { return kind }
  let names = denoisingKinds.map(\.name)
  throw .unknownChoice(
    path: "kind", value: name, suggestion: nearestName(to: name, in: names), choices: names)
}
