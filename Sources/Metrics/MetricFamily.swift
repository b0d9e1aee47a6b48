import Catalogs

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
    .init("mode-weight-distance", "Total variation between mode shares and masses."),
  ])
