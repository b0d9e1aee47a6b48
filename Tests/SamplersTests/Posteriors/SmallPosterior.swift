import Densities
import Kernels
import Storage
import TestSupport

@testable import Samplers

/// A prior on paths of two coordinates that takes milliseconds, saved in a folder.
///
/// - Parameter changes: Of its settings.
func savePrior(in folder: ScratchFolder, _ changes: JSONValue = [:]) throws -> String {
  let settings: JSONValue = [
    "objective": "maximum-likelihood", "off_policy": ["source": "samples", "every": 1],
    "network": ["width": 8, "langevin": "off"], "steps": 6,
  ]
  let run = try smallRun(nil, settings.replacing(changes))
  try run.train()
  let path = folder("prior.safetensors")
  try run.save(to: path)
  return path
}

/// A posterior of it with these settings of `prior`, sizes left to it.
func smallPosterior(
  of path: String, _ prior: JSONValue = [:], _ changes: JSONValue = [:],
  density: NamedDensity? = nil, threads: Int = 2
) throws -> Run {
  let named: JSONValue = ["run": .string(path)]
  let settings: JSONValue = [
    "steps": 8, "batch_size": 70, "report_every": 1, "seed": 3,
    "prior": named.replacing(prior),
  ]
  return try Run(
    density ?? NamedDensity("gaussian", config: ["mean": 4]),
    overrides: settings.replacing(changes), pool: ThreadPool(threads: threads))
}

/// r = 1, under which the posterior is the prior.
var noConstraint: NamedDensity {
  NamedDensity(
    custom: FunctionDensity(dimension: 2) { x, out, _ in
      for row in 0..<x.count { out[row] = 0 }
    })
}
