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
      "gmm-40",
      "Forty equal Gaussians scattered over a square of edge 80, some of them overlapping.",
      references: GaussianMixture.scatteredReferences, ScatteredMixtureConfig(),
      { try GaussianMixture(scattered: $0) }),
    .init(
      "many-well", "A product of double wells, each with 16% of its mass on the left.",
      references: ManyWell.references, ManyWellConfig(), { try ManyWell($0) }),
    .init(
      "many-well-64", "The many-well in 64 dimensions.",
      references: ManyWell.references, ManyWellConfig(dimension: 64), { try ManyWell($0) }),
    .init(
      "many-well-128", "The many-well in 128 dimensions.",
      references: ManyWell.references, ManyWellConfig(dimension: 128), { try ManyWell($0) }),
    .init(
      "many-well-512", "The many-well in 512 dimensions.",
      references: ManyWell.references, ManyWellConfig(dimension: 512), { try ManyWell($0) }),
    .init(
      "double-wells", "Symmetric double wells in some coordinates, standard normals in the others.",
      references: DoubleWells.references, DoubleWellsConfig(), { try DoubleWells($0) }),
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
    .init(
      "student-mixture", "Student-t distributions at given points, with heavy tails.",
      references: StudentMixture.references, StudentMixtureConfig(), { try StudentMixture($0) }),
    .init(
      "dw4", "Four particles in the plane whose pairs have two distances of least energy.",
      references: LennardJonesConfig.references, DoubleWellParticlesConfig(),
      { try InteractingParticles($0) }),
    .init(
      "lj13", "Thirteen Lennard-Jones particles in an oscillator, each pair counted twice.",
      references: LennardJonesConfig.references, LennardJonesConfig(),
      { try InteractingParticles($0) }),
    .init(
      "lj55", "Fifty-five Lennard-Jones particles in an oscillator, each pair counted twice.",
      references: LennardJonesConfig.references, LennardJonesConfig(particles: 55),
      { try InteractingParticles($0) }),
    .init(
      "lennard-jones", "Lennard-Jones particles in an oscillator, as many as you like.",
      references: LennardJonesConfig.references, LennardJonesConfig(particles: 7),
      { try InteractingParticles($0) }),
    .init(
      "screened-coulomb", "Particles of one charge, screened, in an oscillator.", references: [],
      ScreenedCoulombConfig(), { try InteractingParticles($0) }),
    .init(
      "ring", "A ring in the plane, dense at its radius and thin at its centre.", references: [],
      RingConfig(), { try Ring($0) }),
    .init(
      "banana", "A Gaussian twisted along a parabola.",
      references: Banana.references, BananaConfig(), { try Banana($0) }),
    .init(
      "log-gaussian-cox", "The log-intensity of 126 Finnish pine saplings on a grid of 40 by 40.",
      references: LogGaussianCox.references, LogGaussianCoxConfig(), { try LogGaussianCox($0) }),
    .init(
      "logistic-regression", "The weights of a Bayesian logistic regression on breast cancer data.",
      references: LogisticRegression.references, LogisticRegressionConfig(),
      { try LogisticRegression($0) }),
    .init(
      "vae-posterior", "The code of an image under the decoder of a variational autoencoder.",
      references: VAEPosteriors.references, VAEPosteriorConfig(), { try VAEPosterior($0) }),
    .init(
      "vae-posteriors", "The codes of all images of a set, each a condition of one density.",
      references: VAEPosteriors.references, VAEPosteriorConfig(), { try VAEPosteriors($0) }),
    .init(
      "texts", "Texts of a grammar, with their probabilities, or of a file, by a language model.",
      references: [], TextsConfig(), { try $0.open() }),
    .init(
      "text-ending", "How likely a text is to go on with an ending, by a language model.",
      references: TextEnding.references, TextEndingConfig(), { try $0.open() }),
    .init(
      "images", "Images of a set, each blurred by a Gaussian: what a prior of images learns from.",
      references: ImageDensity.references, ImageDensityConfig(), { try ImageDensity($0) }),
    .init(
      "class-likelihood", "How likely an image belongs to some classes: a constraint on a prior.",
      references: ClassLikelihood.references, ClassLikelihoodConfig(), { try ClassLikelihood($0) }),
    .init(
      "captioned-shapes", "Pictures of a coloured shape that go with a caption, each blurred.",
      references: CaptionedShapes.references, CaptionedShapesConfig(), { try CaptionedShapes($0) }),
    .init(
      "caption-agreement",
      "How well a picture agrees with a caption, by learned preferences: a constraint on a prior.",
      references: CaptionAgreement.references, CaptionAgreementConfig(),
      { try CaptionAgreement($0) }),
    .init(
      "actions", "The actions that were taken in each state: what a policy's prior learns from.",
      references: Actions.references, ActionsConfig(), { try $0.open() }),
    .init(
      "action-value", "What an action is worth in a state: a constraint on a prior of actions.",
      references: ActionValue.references, ActionValueConfig(), { try $0.open() }),
    .init(
      "linear-measurement", "A linear measurement with Gaussian noise: a constraint on a prior.",
      references: [], LinearMeasurementConfig(), { try LinearMeasurement($0) }),
    .init(
      "measured-mixture",
      "A linear measurement of a point of a Gaussian mixture, whose posterior is known.",
      references: [], MeasuredMixtureConfig(), { try $0.open() }),
  ] + densityWrappers.map(\.entry))
