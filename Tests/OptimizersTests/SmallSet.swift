import Optimizers
import Tensors
import TestSupport

/// 33 parameters in three spans of two groups; none begins at a multiple of sixteen but the first.
func smallSet() -> ParameterSet {
  let set = ParameterSet()
  _ = set.add("weight", Shape(3, 5), .uniform(bound: 1))
  _ = set.add("log_z", Shape(1), .constant(0.5), group: .logZ)
  _ = set.add("bias", Shape(17), .normal(standardDeviation: 1))
  set.initialize(seed: 1)
  return set
}

extension ParameterSet {
  /// The numbers as doubles.
  var numbers: [Double] { (0..<count).map { Double(values[$0]) } }

  /// The group of each number.
  var groups: [ParameterGroup] {
    entries.flatMap { [ParameterGroup](repeating: $0.group, count: $0.parameter.shape.count) }
  }
}

extension Optimizer {
  /// Updates against a gradient in an array.
  func update(_ gradient: [Float], factor: Double = 1, gradientFactor: Double = 1) {
    gradient.withUnsafeBufferPointer {
      guard let base = $0.baseAddress else { return }
      update(gradient: base, factor: factor, gradientFactor: gradientFactor)
    }
  }
}

/// A configuration of a rule of the catalogue, with rates that differ between the groups.
func settings(_ name: String, weightDecay: Double = 0, nesterov: Bool = false) -> OptimizerConfig {
  var config = OptimizerConfig()
  (config.name, config.weightDecay, config.nesterov) = (name, weightDecay, nesterov)
  (config.learningRate, config.logZLearningRate) = (0.01, 0.05)
  return config
}
