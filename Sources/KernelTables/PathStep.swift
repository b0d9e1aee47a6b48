/// The loops over one transition of simulated paths, forwards and through the simulation backwards.
package protocol PathStepKernels {
  /// Draws x′ and writes log P_F(x′ | x) and log P_B(x | x′) of each row, [rows].
  ///
  /// The bits of `propose`, `logForward` and `logBackward` one after the other, in one pass.
  static func advance(
    _ step: GaussianStepCoefficients, _ buffers: GaussianStepBuffers, noise: UnsafeRawPointer,
    exploration: Double, logForward: UnsafeMutablePointer<Double>,
    logBackward: UnsafeMutablePointer<Double>)

  /// The gradient through one step of a simulation with its noise held fixed.
  ///
  /// With x′ = retention x + duration μ + √(duration exp(ℓ)) ε and no exploration, log P_F changes by
  /// -dℓ/2 only. With a the gradient by x′ from all later steps, f and b those by log P_F and
  /// log P_B, and r = x′ - retention x - duration μ:
  ///
  ///     q = b (x - backwardRetention x′) / backwardVariance        (0 for a certain way back)
  ///     a += backwardRetention q
  ///     dμ = duration a,  dℓ = (a r - f) / 2
  ///     a ← retention a - q                                        the gradient by x so far
  ///
  /// - Parameters:
  ///   - forward: f of each row, [rows].
  ///   - backward: b of each row, [rows].
  ///   - adjoint: a, [rows, dimension]; by x′ before, by x after, without what x does to μ and ℓ.
  ///   - drift: Receives dμ, [rows, dimension].
  ///   - raw: Receives the gradient by the input of the learned variance.
  static func reparametrizedGradient(
    _ step: GaussianStepCoefficients, _ buffers: GaussianStepBuffers,
    forward: UnsafePointer<Double>, backward: UnsafePointer<Double>,
    adjoint: UnsafeMutableRawPointer, drift: UnsafeMutableRawPointer, raw: UnsafeMutableRawPointer?)
}
