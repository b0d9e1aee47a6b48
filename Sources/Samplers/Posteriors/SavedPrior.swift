import Densities
import Storage
import Tensors

/// A trained prior as the run of a posterior keeps it: what it is, and its parameters.
///
/// It comes from the prior's own run, and goes into the file of the posterior's, which so needs no other.
struct SavedPrior: Sendable {
  /// What the prior's run was.
  let config: RunConfig
  /// What it had learned.
  let density: RunFile.SavedDensity
  /// The parameters by name.
  private let parameters: [SafetensorsFile.Entry]
  /// The running average of all of them in their order, where the run kept one.
  private let average: StoredArray?

  private static let prefix = "prior."
  private static let averageName = "prior_average"
  private static let description = "prior"

  private struct Description: Codable {
    var config: RunConfig
    var density: RunFile.SavedDensity
  }

  /// The prior of a run's folder or file.
  /// - Throws: `StorageError`.
  init(readingFrom path: String) throws {
    let place = directoryExists(path) ? RunFolder(path: path).checkpoint : path
    let file = try RunFile(readingFrom: place)
    (config, density) = (file.config, file.density)
    parameters = file.parameters
    average = file.averageOfParameters
  }

  /// The prior in the file of a posterior's run; nil where it has none.
  init?(in arrays: SafetensorsFile, _ path: String) throws {
    guard arrays.metadata[Self.description] != nil else { return nil }
    let saved: Description = try RunFile.decode(Self.description, arrays, path) { tree in
      guard var prior = tree.object, let config = prior["config"] else { return tree }
      prior["config"] = try RunConfig.completed(config)
      return .object(prior)
    }
    (config, density) = (saved.config, saved.density)
    parameters = arrays.entries.filter { $0.name.hasPrefix(Self.prefix) }.map {
      .init(name: String($0.name.dropFirst(Self.prefix.count)), array: $0.array)
    }
    average = arrays[Self.averageName]
  }

  /// What the prior had learned, where its networks are made of that: a mixture of which the best is known.
  var mixture: GaussianMixture? {
    guard config.denoising.network.kind == .closedForm else { return nil }
    return (try? NamedDensity(density.name, config: density.config))?.density as? GaussianMixture
  }

  /// Adds all to the file of a posterior's run.
  func write(to arrays: inout SafetensorsFile) throws {
    let saved = Description(config: config, density: density)
    arrays.metadata[Self.description] = try ConfigEncoder().encode(saved).compact
    for entry in parameters { arrays[Self.prefix + entry.name] = entry.array }
    arrays[Self.averageName] = average
  }

  /// Whether the prior has a parameter whose name begins so.
  func hasParameter(_ prefix: String) -> Bool {
    parameters.contains { $0.name.hasPrefix(prefix) }
  }

  /// Copies the prior's parameters to those of a set that have their names; the others keep their values.
  ///
  /// Where the run kept an average, that is what is copied: it is what draws.
  /// - Parameter prefix: What the names in the set begin with beside the prior's own.
  /// - Throws: `ConfigError` for one of another shape.
  func load(into set: ParameterSet, prefix: String = "") throws {
    let averaged = average?.values(as: Float.self)
    var offset = 0
    for saved in parameters {
      let count = saved.array.shape.reduce(1, *)
      defer { offset += count }
      let name = prefix + saved.name
      guard let entry = set.entries.first(where: { $0.name == name }) else { continue }
      guard saved.array.shape == entry.parameter.shape.array,
        let own = saved.array.values(as: Float.self)
      else {
        throw ConfigError.invalid(
          path: "prior.run",
          reason: "the prior's '\(saved.name)' has the shape \(saved.array.shape), and the "
            + "posterior's \(entry.parameter.shape.array)")
      }
      let values = averaged.map { Array($0[offset..<offset + count]) } ?? own
      (set.values + entry.parameter.offset).update(from: values, count: count)
    }
    set.refreshTransposes()
  }
}
