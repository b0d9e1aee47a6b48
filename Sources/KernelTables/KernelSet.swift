/// The kernels of one instruction set, on raw buffers and sizes.
///
/// Each vector set holds 32-bit floats; the reference set is the slow twin of every kernel, holds
/// 64-bit floats, and is the definition the fast ones are tested against.
package protocol KernelSet:
  ArithmeticKernels,
  ChannelNormalizationKernels,
  ConvolutionKernels,
  CrossEntropyKernels,
  EdgeKernels,
  ElementwiseKernels,
  FourierKernels,
  FunnelKernels,
  GaussianStepKernels,
  ManyWellKernels,
  MatrixKernels,
  MixtureKernels,
  NoisedScoreKernels,
  NormalizationKernels,
  OptimizerKernels,
  ParticleKernels,
  PathStepKernels,
  PeakKernels,
  RandomKernels,
  RecurrentKernels,
  ReversalKernels,
  RowKernels,
  RowProductKernels,
  SoftmaxKernels
{}
