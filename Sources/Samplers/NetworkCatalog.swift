import Catalogs
import Networks

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
