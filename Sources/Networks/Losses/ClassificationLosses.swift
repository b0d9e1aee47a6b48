import Tensors

extension Tape {
  /// Σ -(y log σ(x) + (1 - y) log(1 - σ(x))), as Σ log(1 + exp(x)) - x y, which cannot overflow.
  /// - Parameters:
  ///   - logits: x, [rows, columns].
  ///   - targets: y in [0, 1], same shape.
  package func binaryCrossEntropy(
    logits: Tensor, _ targets: Tensor, _ reduction: LossReduction = .sum
  ) -> Tensor {
    precondition(
      logits.shape == targets.shape, "a loss of \(logits.shape) and \(targets.shape)")
    return reduce(
      subtract(apply(.softplus, logits), multiply(logits, targets)), reduction)
  }

  /// -|x - c|² for every row x and every prototype c: logits of classes by their distance.
  ///
  ///     -(|x|² - 2 x·c + |c|²)
  ///
  /// - Parameters:
  ///   - x: [rows, features].
  ///   - prototypes: [classes, features].
  /// - Returns: [rows, classes].
  /// Reference: Snell, Swersky and Zemel (2017), *Prototypical Networks*, arXiv:1703.05175, eq. 2
  package func distanceLogits(_ x: Tensor, prototypes: Tensor) -> Tensor {
    let inner = scale(product(x, prototypes, transposingB: true), by: 2)
    let rows = sum(apply(.square, x), over: [1], keeping: true)
    let columns = sum(apply(.square, prototypes), over: [1])
    return subtract(subtract(inner, rows), columns)
  }
}
