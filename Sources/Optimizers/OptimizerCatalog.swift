import Catalogs

/// The rules by which parameters move.
public let optimizers = Catalog<any UpdateRule>(
  "optimizer",
  [
    .init(
      "sgd", "Gradient descent with momentum, Nesterov's or the heavy ball's.",
      references: [SGD.reference], SGDConfig(), { try SGD($0) }),
    .init(
      "adam", "Steps scaled by running means of gradients and their squares; decay as L2 penalty.",
      references: [Adam.reference], AdamConfig(), { try Adam($0) }),
    .init(
      "adamw", "Adam with weight decay that shrinks all parameters alike.",
      references: [Adam.decoupledReference, Adam.reference], AdamConfig(),
      { try Adam($0, isDecoupled: true) }),
  ])
