import Catalogs

/// The kernels of Markov chains.
public let markovKernels = Catalog<any MarkovKernel>(
  "kernel",
  [
    .init(
      "mala", "Metropolis-adjusted Langevin steps, along the density's score.",
      references: MALA.references, MALAConfig(), { try MALA($0) }),
    .init(
      "hmc", "Hamiltonian paths along the density's score.",
      references: HMC.references, HMCConfig(), { try HMC($0) }),
    .init(
      "random-walk", "Metropolis steps of a random walk, from values of the density only.",
      references: RandomWalk.references, RandomWalkConfig(), { try RandomWalk($0) }),
    .init(
      "stretch", "Affine-invariant stretch moves of an ensemble, from values only.",
      references: EnsembleStretch.references, EnsembleStretchConfig(),
      { try EnsembleStretch($0) }),
    .init(
      "parallel-tempering",
      "Chains at several temperatures that swap, by default from values only.",
      references: ParallelTempering.references, ParallelTemperingConfig(),
      { try ParallelTempering($0) }),
  ])
