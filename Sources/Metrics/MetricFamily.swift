import Catalogs

private let chainReferences = [
  Reference(
    "Vehtari, Gelman, Simpson, Carpenter, Bürkner", 2021,
    "Rank-normalization, folding, and localization: an improved R-hat for assessing convergence of MCMC",
    "arXiv:1903.08008")
]

/// The figures: those of an evaluation, and those that are functions of arrays only.
public let metricFamily = Family(
  "metrics", kind: "metric",
  [
    .init("elbo", "Mean importance log-weight: a lower bound of log Z."),
    .init(
      "eubo",
      "Mean log-weight of paths drawn backwards from exact samples: an upper bound of log Z."),
    .init("evidence-gap", "EUBO - ELBO: both divergences between sampler and density, 0 at best."),
    .init(
      "log-normalizer", "Importance-weighted estimate of log Z, with a skewness-free interval."),
    .init(
      "prior-log-normalizer",
      "log Z of a posterior from draws of its prior as it was trained, weighted by the constraint."),
    .init(
      "prior-mode-weight-distance",
      "Total variation between mode shares of a posterior's draws and of its prior's weighted draws."
    ),
    .init(
      "reverse-log-normalizer",
      "Estimate of log Z from exact samples, too large by what the sampler misses."),
    .init("effective-sample-share", "Kish's effective sample size over the number of draws."),
    .init(
      "pareto-shape", "Pareto k of the largest weights: whether weighted averages converge.",
      references: [vehtari]),
    .init(
      "wasserstein-2", "Exact W2 to exact samples, next to what exact samples score themselves."),
    .init(
      "sliced-wasserstein-2", "Root mean W2² of projections on random directions.",
      references: [bonneel]),
    .init(
      "maximum-mean-discrepancy",
      "Unbiased MMD² with Gaussian kernels of five widths around the median distance.",
      references: [gretton]),
    .init("energy-wasserstein-2", "W2, rooted, between the energies of draws and exact samples."),
    .init(
      "aligned-wasserstein-2",
      "W2 between systems of particles up to place, orientation and order.",
      references: [koehler]),
    .init(
      "distance-variation",
      "Total variation of distances among particles, those outside the reference included.",
      references: [akhoundSadegh]),
    .init(
      "negative-log-likelihood",
      "Minus the mean log-density of points under a flow; at least the entropy."),
    .init("virial", "Mean of -x·score over the draws, which is D for exact ones."),
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
    .init("mode-weight-distance", "Total variation between mode shares and masses."),
    .init(
      "mode-entropy", "Entropy of the modes' shares over the logarithm of their number.",
      references: [blessing]),
    .init("wasserstein-1", "Exact W1 between two samples; of arrays."),
    .init(
      "sinkhorn-divergence", "Debiased entropic transport for large samples; of arrays.",
      references: [feydy]),
    .init(
      "energy-wasserstein-2-squared", "Energy W2 without the root, as iDEM reports it; of arrays.",
      references: [akhoundSadegh]),
  ])

private let vehtari = Reference(
  "Vehtari, Simpson, Gelman, Yao, Gabry", 2024, "Pareto smoothed importance sampling",
  "arXiv:1507.02646")
private let bonneel = Reference(
  "Bonneel, Rabin, Peyré, Pfister", 2015, "Sliced and Radon Wasserstein barycenters of measures",
  "doi:10.1007/s10851-014-0506-3")
private let gretton = Reference(
  "Gretton, Borgwardt, Rasch, Schölkopf, Smola", 2012, "A kernel two-sample test", "JMLR 13")
private let blessing = Reference(
  "Blessing, Jia, Esslinger, Vargas, Neumann", 2024,
  "Beyond ELBOs: a large-scale evaluation of variational methods for sampling",
  "arXiv:2406.07423")
private let feydy = Reference(
  "Feydy, Séjourné, Vialard, Amari, Trouvé, Peyré", 2019,
  "Interpolating between optimal transport and MMD using Sinkhorn divergences", "arXiv:1810.08278")
private let akhoundSadegh = Reference(
  "Akhound-Sadegh, Rector-Brooks, Bose, Mittal, et al.", 2024,
  "Iterated denoising energy matching for sampling from Boltzmann densities", "arXiv:2402.06121")
private let koehler = Reference(
  "Köhler, Klein, Noé", 2020,
  "Equivariant flows: exact likelihood generative learning for symmetric densities",
  "arXiv:2006.02425")
