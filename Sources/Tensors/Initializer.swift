/// How a parameter begins.
public enum Initializer: Sendable, Equatable {
  /// Every element the same.
  case constant(Double)
  /// Independent normals with mean 0.
  case normal(standardDeviation: Double)
  /// Independent uniforms on [-bound, bound].
  case uniform(bound: Double)
  /// Independent normals with mean 0, drawn anew while beyond two standard deviations.
  case truncatedNormal(standardDeviation: Double)

  /// Every element 0.
  public static let zeros = Initializer.constant(0)

  /// Every element 1.
  public static let ones = Initializer.constant(1)

  /// Uniform on ±1/√inputs: PyTorch's default for linear layers and convolutions, weight and bias.
  ///
  /// PyTorch calls it Kaiming uniform with a = √5: bound = gain √(3 / inputs), gain = √(2 / (1 + a²)).
  /// - Parameter inputs: Numbers that enter one output.
  public static func kaimingUniform(inputs: Int) -> Initializer {
    .uniform(bound: 1 / Double(max(1, inputs)).squareRoot())
  }

  /// Normal with variance 2 / inputs, which keeps the size of activations through rectifiers.
  ///
  /// Reference: He et al. (2015), *Delving deep into rectifiers*, eq. 10, arXiv:1502.01852
  public static func kaimingNormal(inputs: Int) -> Initializer {
    .normal(standardDeviation: (2 / Double(max(1, inputs))).squareRoot())
  }

  /// Uniform on ± gain √(6 / (inputs + outputs)).
  ///
  /// Reference: Glorot and Bengio (2010), *Understanding the difficulty of training deep feedforward
  /// neural networks*, eq. 16
  public static func xavierUniform(inputs: Int, outputs: Int, gain: Double = 1) -> Initializer {
    .uniform(bound: gain * (6 / Double(max(1, inputs + outputs))).squareRoot())
  }

  /// Normal with standard deviation gain √(2 / (inputs + outputs)).
  ///
  /// Reference: Glorot and Bengio (2010), eq. 12
  public static func xavierNormal(inputs: Int, outputs: Int, gain: Double = 1) -> Initializer {
    .normal(standardDeviation: gain * (2 / Double(max(1, inputs + outputs))).squareRoot())
  }
}
