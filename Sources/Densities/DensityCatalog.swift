import Catalogs

private let sendera = Reference(
  "Sendera, Kim, Mittal, et al.", 2024, "Improved off-policy training of diffusion samplers",
  "arXiv:2402.05098")

/// The built-in densities.
public let densities = Catalog<any Density>(
  "density",
  [
    .init(
      "9gmm", "Nine equal Gaussians on a 3 by 3 grid, spacing 5, variance 0.3.",
      references: [sendera], GridMixtureConfig(positions: [-5, 0, 5]),
      { try GaussianMixture(grid: $0) }),
    .init(
      "25gmm", "Twenty-five equal Gaussians on a 5 by 5 grid, spacing 5, variance 0.3.",
      references: [sendera], GridMixtureConfig(positions: [-10, -5, 0, 5, 10]),
      { try GaussianMixture(grid: $0) }),
    .init(
      "many-well", "A product of double wells, each with 16% of its mass on the left.",
      references: ManyWell.references, ManyWellConfig(), { try ManyWell($0) }),
    .init(
      "many-well-64", "The many-well in 64 dimensions.",
      references: ManyWell.references, ManyWellConfig(dimension: 64), { try ManyWell($0) }),
    .init(
      "funnel",
      "Neal's funnel: x0 normal of standard deviation 3, the others of width exp(x0 / 2).",
      references: Funnel.references, FunnelConfig(), { try Funnel($0) }),
    .init(
      "easy-funnel", "The funnel with standard deviation 1 along its axis.",
      references: Funnel.references, FunnelConfig(standardDeviation: 1), { try Funnel($0) }),
    .init(
      "gaussian", "One Gaussian with the same mean and standard deviation in every coordinate.",
      references: [], GaussianConfig(), { try GaussianMixture(gaussian: $0) }),
    .init(
      "gaussian-mixture", "Gaussians at given points with given weights and one common width.",
      references: [], GaussianMixtureConfig(), { try GaussianMixture($0) }),
  ])
