import KernelTables

extension Tape {
  /// Runs backwards from log P_F(x′ | x) of each row for a run of adjacent steps.
  ///
  /// The states are constants: off-policy objectives never differentiate what was visited.
  ///
  /// - Parameters:
  ///   - drift: μ, [steps × rows, dimension].
  ///   - raw: Input of the learned variance, same shape; nil for a fixed variance.
  ///   - x: States before each step, [steps × rows, dimension].
  ///   - next: States after each step.
  ///   - coefficients: One for each step.
  ///   - seed: ∂ loss / ∂ log P_F, [steps × rows].
  package func backwardFromLogForward(
    drift: Tensor, raw: Tensor?, x: UnsafeRawPointer, next: UnsafeMutableRawPointer,
    coefficients: ArraySlice<GaussianStepCoefficients>, seed: UnsafePointer<Double>
  ) {
    let (dimension, steps) = (drift.shape.columns, coefficients.count)
    let rows = drift.shape.rows / max(1, steps)
    let stride = rows * dimension * type.byteCount
    let driftSeed = allocate(drift.shape)
    let rawSeed = raw.map { allocate($0.shape) }
    for (s, step) in coefficients.enumerated() {
      let offset = s * stride
      let buffers = GaussianStepBuffers(
        x: x + offset, next: next + offset, drift: drift.data + offset,
        raw: raw.map { UnsafeRawPointer($0.data + offset) }, rows: rows, dimension: dimension)
      kernels.logForwardGradient(
        step, buffers, seed: seed + s * rows, drift: driftSeed.data + offset,
        raw: rawSeed.map { $0.data + offset })
    }
    addSeed(driftSeed.data, to: drift)
    if let raw, let rawSeed { addSeed(rawSeed.data, to: raw) }
    runBackward()
  }
}
