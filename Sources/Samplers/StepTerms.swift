/// One number for each step and row of a block of paths: element (i, r) of a [T, B] matrix, for one
/// block of rows, at i × stride + r.
struct StepMatrix {
  let data: UnsafeMutablePointer<Double>
  let stride: Int

  subscript(step: Int, row: Int) -> Double {
    get { data[step * stride + row] }
    nonmutating set { data[step * stride + row] = newValue }
  }

  /// The rows of a step.
  func row(_ step: Int) -> UnsafeMutablePointer<Double> { data + step * stride }
}

/// What an objective reads of a block's steps, or the gradient of its loss by that.
struct StepTerms {
  /// log P_F.
  let forward: StepMatrix
  /// log P_B.
  let backward: StepMatrix
  /// log F, where there are state flows.
  var flow: StepMatrix?
}
