import Optimizers
import Tensors

// The rules of the catalogue on one number of 64 bits, from the documentation of PyTorch 2: the
// algorithms on the pages of `torch.optim.SGD`, `Adam` and `AdamW`, line by line.

/// A rule on one number.
protocol ScalarOptimizer {
  /// Moves the number one step; rate is γ, decay is λ.
  mutating func update(_ x: inout Double, _ gradient: Double, rate: Double, decay: Double)
}

/// `torch.optim.SGD` with τ = 0 (no dampening).
struct ScalarSGD: ScalarOptimizer {
  let config: OptimizerConfig
  private var buffer: Double?

  init(_ config: OptimizerConfig) { self.config = config }

  mutating func update(_ x: inout Double, _ gradient: Double, rate: Double, decay: Double) {
    let g = gradient + decay * x
    let b = buffer.map { config.momentum * $0 + g } ?? g
    buffer = b
    x -= rate * (config.nesterov ? g + config.momentum * b : b)
  }
}

/// `torch.optim.Adam`, and where `isDecoupled` `torch.optim.AdamW`.
struct ScalarAdam: ScalarOptimizer {
  let config: OptimizerConfig
  let isDecoupled: Bool
  private var (moment, variance) = (0.0, 0.0)
  private var (momentPower, variancePower) = (1.0, 1.0)

  init(_ config: OptimizerConfig, isDecoupled: Bool) {
    (self.config, self.isDecoupled) = (config, isDecoupled)
  }

  mutating func update(_ x: inout Double, _ gradient: Double, rate: Double, decay: Double) {
    let g = isDecoupled ? gradient : gradient + decay * x
    if isDecoupled { x -= rate * decay * x }
    moment = config.momentDecay * moment + (1 - config.momentDecay) * g
    variance = config.varianceDecay * variance + (1 - config.varianceDecay) * g * g
    momentPower *= config.momentDecay
    variancePower *= config.varianceDecay
    let root = (variance / (1 - variancePower)).squareRoot()
    x -= rate * moment / (1 - momentPower) / (root + config.epsilon)
  }
}

/// The oracle of a row; a row without one fails its test.
func oracle(_ config: OptimizerConfig) -> (any ScalarOptimizer)? {
  switch config.name {
  case "sgd": ScalarSGD(config)
  case "adam": ScalarAdam(config, isDecoupled: false)
  case "adamw": ScalarAdam(config, isDecoupled: true)
  default: nil
  }
}
