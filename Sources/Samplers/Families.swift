import Catalogs
import Chains
import Densities
import Diffusions
import Metrics
import Networks
import Objectives
import Optimizers

/// The networks that learn drift and variance.
public let networks = Catalog<PathNetworkConfig>(
  "network",
  [
    .init(
      "path-network",
      "Linear state and sinusoidal time encodings, GELU layers, optional Langevin term.",
      references: [
        Reference(
          "Zhang, Chen", 2022, "Path Integral Sampler: a stochastic control approach for sampling",
          "arXiv:2111.15141")
      ], PathNetworkConfig(), { $0 })
  ])

/// Everything that has a name.
public let families = [
  Family("densities", densities), Family("objectives", objectives), Family("networks", networks),
  Family("processes", processes), Family("optimizers", optimizers),
  Family("schedules", schedules), Family("kernels", markovKernels), metricFamily,
]
