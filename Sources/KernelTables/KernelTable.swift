/// A function of every element of a buffer: (arguments, results, count).
///
/// Both buffers hold floats, aligned as such; they may be the same, but not overlap otherwise.
public typealias ElementwiseKernel =
  @Sendable (UnsafeRawPointer, UnsafeMutableRawPointer, Int) -> Void

/// A function and its derivative at every element of a buffer: (x, value, derivative, count).
public typealias DifferentiatedKernel =
  @Sendable (UnsafeRawPointer, UnsafeMutableRawPointer, UnsafeMutableRawPointer, Int) -> Void

/// The kernels of one instruction set: one function per loop, on raw buffers and sizes.
public struct KernelTable: Sendable {
  /// The instruction set's name: `avx512`, `avx2` or `portable`.
  public let name: String

  /// exp(x), at most 1 ulp off.
  public let exponential: ElementwiseKernel

  /// log(x), at most 1 ulp off.
  public let logarithm: ElementwiseKernel

  /// tanh(x), at most 2 ulp off.
  public let hyperbolicTangent: ElementwiseKernel

  /// erf(x), at most 2 ulp off.
  public let errorFunction: ElementwiseKernel

  /// sin(x), at most 2 ulp off.
  public let sine: ElementwiseKernel

  /// cos(x), at most 2 ulp off.
  public let cosine: ElementwiseKernel

  /// 1 / (1 + exp(-x)), at most 3 ulp off.
  public let sigmoid: ElementwiseKernel

  /// x Phi(x), at most 7 ulp off.
  public let gelu: ElementwiseKernel

  /// x Phi(x) with the bits of `gelu`, and its derivative, at most 1.5e-7 off.
  public let geluWithDerivative: DifferentiatedKernel

  /// Makes a table.
  public init(
    name: String,
    exponential: @escaping ElementwiseKernel,
    logarithm: @escaping ElementwiseKernel,
    hyperbolicTangent: @escaping ElementwiseKernel,
    errorFunction: @escaping ElementwiseKernel,
    sine: @escaping ElementwiseKernel,
    cosine: @escaping ElementwiseKernel,
    sigmoid: @escaping ElementwiseKernel,
    gelu: @escaping ElementwiseKernel,
    geluWithDerivative: @escaping DifferentiatedKernel
  ) {
    self.name = name
    self.exponential = exponential
    self.logarithm = logarithm
    self.hyperbolicTangent = hyperbolicTangent
    self.errorFunction = errorFunction
    self.sine = sine
    self.cosine = cosine
    self.sigmoid = sigmoid
    self.gelu = gelu
    self.geluWithDerivative = geluWithDerivative
  }
}
