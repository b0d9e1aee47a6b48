import Catalogs

private let chainReferences = [
  Reference(
    "Vehtari, Gelman, Simpson, Carpenter, Bürkner", 2021,
    "Rank-normalization, folding, and localization: an improved R-hat for assessing convergence of MCMC",
    "arXiv:1903.08008")
]

/// The figures of an evaluation.
public let metricFamily = Family(
  "metrics", kind: "metric",
  [
    .init("elbo", "Mean importance log-weight: a lower bound of log Z."),
    .init(
      "eubo",
      "Mean log-weight of paths drawn backwards from exact samples: an upper bound of log Z."),
    .init("log-normalizer", "Importance-weighted estimate of log Z, with a bootstrap interval."),
    .init("effective-sample-share", "Kish's effective sample size over the number of draws."),
    .init(
      "wasserstein-2", "Exact W2 to exact samples, next to what exact samples score themselves."),
    .init("modes-found", "Modes whose share of the draws is between half and twice their mass."),
    .init(
      "unseen-log-mass", "Part of log Z in modes without a draw, which reweighting cannot see."),
    .init(
      "r-hat", "How much chains differ: the rank-normalised split R-hat of the worst coordinate.",
      references: chainReferences),
    .init(
      "bulk-ess", "Independent draws that the centre of the worst coordinate is worth.",
      references: chainReferences),
    .init(
      "tail-ess", "Independent draws that the tails of the worst coordinate are worth.",
      references: chainReferences),
    .init(
      "standard-error",
      "Monte Carlo error of the mean of the worst coordinate, in its standard deviations.",
      references: chainReferences),
    .init(
      "log-density-r-hat", "How much chains differ in log ρ: its R-hat.",
      references: chainReferences),
    .init(
      "virial", "The mean of -x · ∇ log ρ(x), which is the dimension under the density itself."),
    .init("mode-weight-distance", "Total variation between mode shares and masses."),
  ])
