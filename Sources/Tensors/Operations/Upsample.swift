import KernelTables

extension Tape {
  /// Every pixel repeated to a square of `factor` by `factor`: nearest-neighbour interpolation.
  ///
  ///     y[n, i, j] = x[n, ⌊i / factor⌋, ⌊j / factor⌋],  dx = the sum of dy over the square
  ///
  /// - Parameter x: [images, height, width, channels].
  /// - Returns: [images, factor height, factor width, channels].
  package func upsampled(_ x: Tensor, by factor: Int) -> Tensor {
    let size = x.shape.imageSize
    let y = allocate(x.shape.resized(to: size &* factor))
    let (channels, bytes) = (x.shape[3], type.byteCount)
    forEachCopiedRow(x.shape, factor) { small, large in
      kernels.copyColumns(
        x.data + small * bytes, stride: channels, to: y.data + large * bytes,
        stride: factor * channels, rows: size[1], columns: channels)
    }
    let out =
      records(x) ? record(y, x, numbers: (factor, 0), backward: upsampledBackward) : y
    return pushForward(out, x) { upsampled($0, by: factor) }
  }

  /// Calls `body` with the elements at which a row begins and at which one of its copies does.
  fileprivate func forEachCopiedRow(
    _ x: Shape, _ factor: Int, _ body: (_ small: Int, _ large: Int) -> Void
  ) {
    let row = x[2] * x[3]
    for i in 0..<x[0] * x[1] {
      for below in 0..<factor {
        for right in 0..<factor {
          body(i * row, (i * factor + below) * factor * row + right * x[3])
        }
      }
    }
  }
}

private func upsampledBackward(_ tape: Tape, _ node: Tape.Node, _ dy: UnsafeMutableRawPointer) {
  let (x, factor, bytes) = (node.inputs.0, node.numbers.0, tape.type.byteCount)
  let (dx, channels) = (tape.gradient(of: x), x.shape[3])
  tape.forEachCopiedRow(x.shape, factor) { small, large in
    tape.kernels.accumulateColumns(
      dy + large * bytes, stride: factor * channels, into: dx + small * bytes, stride: channels,
      rows: x.shape[2], columns: channels)
  }
}
