import KernelTables

extension Tape {
  /// f(x), elementwise.
  ///
  ///     dx = f'(x) dy
  ///
  /// The derivative is computed with the value, as both share their costly part.
  package func apply(_ function: ElementwiseFunction, _ x: Tensor) -> Tensor {
    let y = allocate(x.shape)
    let out: Tensor
    if records(x) {
      let derivative = allocate(x.shape)
      kernels.mapWithDerivative(
        function, x.data, to: y.data, derivative: derivative.data, count: x.count)
      out = record(y, x, saved: derivative.data, backward: functionBackward)
    } else {
      kernels.map(function, x.data, to: y.data, count: x.count)
      out = y
    }
    return pushForward(out, x) { multiply($0, derivative(of: function, at: x, value: out)) }
  }

  /// x Φ(x), the Gaussian error linear unit, elementwise.
  package func gelu(_ x: Tensor) -> Tensor { apply(.gelu, x) }

  /// f'(x) in operations of the tape, so that it has derivatives of its own.
  /// - Parameter y: f(x).
  func derivative(
    of function: ElementwiseFunction, at x: Tensor, value y: Tensor
  ) -> Tensor {
    switch function {
    case .exponential: y
    case .logarithm: apply(.reciprocal, x)
    case .hyperbolicTangent: affine(apply(.square, y), scale: -1, shift: 1)
    case .errorFunction:
      scale(apply(.exponential, scale(apply(.square, x), by: -1)), by: 2 / rootPi)
    case .sine: apply(.cosine, x)
    case .cosine: scale(apply(.sine, x), by: -1)
    case .sigmoid: multiply(y, affine(y, scale: -1, shift: 1))
    case .gelu: geluDerivative(x)
    case .silu: siluDerivative(x, y)
    case .softplus: apply(.sigmoid, x)
    case .logSigmoid: apply(.sigmoid, scale(x, by: -1))
    case .relu: less(constant(0), x)
    case .elu: select(where: less(constant(0), x), constant(1, x.shape), affine(y, shift: 1))
    case .absoluteValue: subtract(less(constant(0), x), less(x, constant(0)))
    case .square: scale(x, by: 2)
    case .squareRoot: scale(apply(.reciprocal, y), by: 0.5)
    case .reciprocal: scale(apply(.square, y), by: -1)
    }
  }

  /// Φ(x) + x φ(x).
  private func geluDerivative(_ x: Tensor) -> Tensor {
    let normal = affine(apply(.errorFunction, scale(x, by: 0.5 * rootTwo)), scale: 0.5, shift: 0.5)
    let bell = apply(.exponential, scale(apply(.square, x), by: -0.5))
    return add(normal, scale(multiply(x, bell), by: 1 / (rootTwo * rootPi)))
  }

  /// σ(x) + x σ(x) (1 - σ(x)), as σ + y (1 - σ).
  private func siluDerivative(_ x: Tensor, _ y: Tensor) -> Tensor {
    let sigma = apply(.sigmoid, x)
    return add(sigma, multiply(y, affine(sigma, scale: -1, shift: 1)))
  }
}

private let rootTwo = 2.0.squareRoot()
private let rootPi = 3.141592653589793.squareRoot()

private func functionBackward(_ tape: Tape, _ node: Tape.Node, _ dy: UnsafeMutableRawPointer) {
  let x = node.inputs.0
  guard let derivative = node.saved else { return }
  let (dx, isFresh) = tape.gradientBuffer(of: x)
  tape.kernels.multiply(dy, derivative, to: dx, count: x.count, accumulating: !isFresh)
}
