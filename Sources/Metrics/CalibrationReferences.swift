import Catalogs

/// Sources of tests of posteriors by simulation.
public let calibrationReferences = [
  Reference(
    "Talts, Betancourt, Simpson, Vehtari, Gelman", 2018,
    "Validating Bayesian inference algorithms with simulation-based calibration",
    "arXiv:1804.06788"),
  Reference(
    "Säilynoja, Bürkner, Vehtari", 2022,
    "Graphical test for discrete uniformity and its applications", "arXiv:2103.10522"),
  Reference(
    "Lemos, Coogan, Hezaveh, Perreault-Levasseur", 2023,
    "Sampling-based accuracy testing of posterior estimators for general inference",
    "arXiv:2302.03026"),
]

/// Sources of weighted means that know their errors.
public let importanceReferences = [
  Reference(
    "Vehtari, Simpson, Gelman, Yao, Gabry", 2024, "Pareto smoothed importance sampling",
    "arXiv:1507.02646"),
  Reference(
    "Owen", 2013, "Monte Carlo theory, methods and examples", "https://artowen.su.domains/mc"),
]
