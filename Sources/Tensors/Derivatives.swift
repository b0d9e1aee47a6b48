// Derivatives of functions written in operations of a tape. A function is a closure from a tensor on
// the tape to another; rows of a batch are independent of each other.

extension Tape {
  /// f(x) and its derivative along v, J v, by forward mode: one evaluation with tangents.
  /// - Parameters:
  ///   - x: Any shape.
  ///   - v: Same shape as x.
  package func directionalDerivative(
    at x: Tensor, along v: Tensor, of f: (Tensor) -> Tensor
  ) -> (value: Tensor, derivative: Tensor) {
    let y = f(moving(x, along: v))
    let value = Tensor(data: y.data, shape: y.shape, type: type, node: y.node)
    return (value, tangent(of: y) ?? constant(0, y.shape))
  }

  /// The trace of each row's Jacobian, exactly: D evaluations.
  /// - Parameters:
  ///   - x: [rows, D].
  ///   - f: From [rows, D] to [rows, D], each row by itself.
  /// - Returns: [rows], the divergence of f.
  package func jacobianTrace(at x: Tensor, of f: (Tensor) -> Tensor) -> Tensor {
    var trace = constant(0, Shape(x.shape[0]))
    for axis in 0..<x.shape.columns {
      let unit = constant(0, x.shape)
      for row in 0..<x.shape[0] { write(1, at: row * x.shape.columns + axis, of: unit) }
      let slope = directionalDerivative(at: x, along: unit, of: f).derivative
      trace = add(trace, reshape(slice(slope, axis..<axis + 1), Shape(x.shape[0])))
    }
    return trace
  }

  /// vᵀ J v of each row: an unbiased estimate of the trace where v has mean 0 and covariance 1.
  ///
  /// One evaluation. Hold v fixed while an adaptive integrator runs, or its steps see noise.
  /// - Parameters:
  ///   - x: [rows, D].
  ///   - v: Normals or signs, [rows, D].
  ///   - f: From [rows, D] to [rows, D], each row by itself.
  /// - Returns: [rows].
  /// Reference: Hutchinson (1989); Grathwohl et al. (2019), arXiv:1810.01367, eq. 8
  package func jacobianTraceEstimate(
    at x: Tensor, probe v: Tensor, of f: (Tensor) -> Tensor
  ) -> Tensor {
    let slope = directionalDerivative(at: x, along: v, of: f).derivative
    return sum(multiply(slope, v), over: [1])
  }

  /// ∇f and H v of a scalar function: forward mode, then reverse mode through value and tangent.
  ///
  /// v ᵀ∇f is itself a scalar on the tape, and its gradient is H v. Costs a few evaluations of f,
  /// whatever the dimension. Runs the whole tape backwards: parameters that f uses should be constants, or
  /// they receive gradients as well.
  /// - Parameters:
  ///   - x: Any shape.
  ///   - v: Same shape as x.
  ///   - f: From a tensor to one number, or to one number a row, of which the sum is taken.
  package func hessianVectorProduct(
    at x: Tensor, along v: Tensor, of f: (Tensor) -> Tensor
  ) -> Tensor {
    let wasRecording = isRecording
    isRecording = true
    defer { isRecording = wasRecording }
    let point = variable(x)
    let slope = sum(directionalDerivative(at: point, along: v, of: f).derivative)
    if slope.isVariable { backward(from: slope) }
    return constant(at: gradient(of: point), x.shape)
  }
}
