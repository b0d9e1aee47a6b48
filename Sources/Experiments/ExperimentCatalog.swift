import Catalogs
import Storage

/// The experiments that can be run again.
public let experiments: [Experiment] =
  diffusionSamplerExperiments + relativeTrajectoryBalanceExperiments

/// The experiments as a family: a member's settings are its density, its published numbers and what
/// each preset sets.
public let experimentFamily = Family(
  "experiments", kind: "experiment",
  experiments.map {
    .init($0.name, $0.summary, defaults: $0.description, references: $0.references)
  } + studies.map { .init($0.name, $0.summary, references: $0.references) })

/// The name that is most like a name that there is not, with or without its part before the slash.
public func nearestExperiment(to name: String) -> String? {
  let names = experiments.map(\.name) + studies.map(\.name)
  if let nearest = nearestName(to: name, in: names) { return nearest }
  let short = names.map { $0.split(separator: "/").last.map(String.init) ?? $0 }
  return nearestName(to: name, in: short).flatMap { short.firstIndex(of: $0) }.map { names[$0] }
}
