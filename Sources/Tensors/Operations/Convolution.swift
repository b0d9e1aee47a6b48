import KernelTables

extension Tape {
  /// The convolution of images with a small window (cross-correlation, as networks have it).
  ///
  ///     y[n, o, :] = b + Σ_k x[n, o · stride + k · dilation - padding, :] W[k]
  ///     dx = the transposed convolution of dy,  dW[k] += Σ_{n, o} x[…]ᵀ dy[n, o, :],  db += Σ dy
  ///
  /// Pixels outside the image are zero. With groups, each cut of the input's channels reaches its own cut of
  /// the output's; as many groups as channels make a depthwise convolution (right, but slow).
  /// - Parameters:
  ///   - x: [images, height, width, inputs].
  ///   - weight: [ky, kx, inputs / groups, outputs].
  ///   - bias: [outputs]; nil for none.
  ///   - transpose: The weight with its last two axes exchanged.
  ///   - window: Its kernel is the weight's.
  /// - Returns: [images, rows of windows, windows of a row, outputs].
  package func convolution(
    _ x: Tensor, weight: Tensor, bias: Tensor?, transpose: UnsafeRawPointer, window: ImageWindow,
    groups: Int = 1
  ) -> Tensor {
    let plan = ConvolutionPlan(x.shape, weight.shape, window, groups)
    let y = allocate(
      x.shape.resized(to: plan.small).replacing(axis: 3, with: plan.smallChannels))
    plan.gather(
      self, from: x.data, weight.data, to: y.data, bias.map { .bias($0.data) } ?? .zero)
    let kept = ConvolutionNode(plan: plan, transpose: transpose, hasBias: bias != nil)
    let recorded =
      records(x, weight, bias)
      ? record(y, x, weight, bias, saved: keep(kept), backward: convolutionBackward) : y
    let out = pushForward(
      recorded, x,
      {
        convolution(
          $0, weight: weight, bias: nil, transpose: transpose, window: window, groups: groups)
      },
      weight,
      {
        convolution(
          x, weight: $0, bias: nil, transpose: self.transpose($0.detached).data, window: window,
          groups: groups)
      })
    guard let bias else { return out }
    return pushForwardAdding(out, bias) { broadcast($0, to: y.shape) }
  }

  /// The transpose of a convolution's linear map, plus a bias.
  ///
  ///     y[n, i · stride + k · dilation - padding, :] += x[n, i, :] W[k],  y begins at b
  ///     dx = the convolution of dy,  dW[k] += Σ_{n, i} x[n, i, :]ᵀ dy[…],  db += Σ dy
  ///
  /// - Parameters:
  ///   - x: [images, rows, columns, inputs].
  ///   - weight: [ky, kx, inputs, outputs / groups].
  ///   - bias: [outputs]; nil for none.
  ///   - transpose: The weight with its last two axes exchanged.
  ///   - window: Of the convolution that leads back from y to the size of x.
  ///   - size: Height and width of y; the least that has as many windows as x has pixels if nil.
  /// - Returns: [images, height, width, outputs].
  package func transposedConvolution(
    _ x: Tensor, weight: Tensor, bias: Tensor?, transpose: UnsafeRawPointer, window: ImageWindow,
    groups: Int = 1, size: SIMD2<Int>? = nil
  ) -> Tensor {
    let plan = ConvolutionPlan(
      transposed: x.shape, weight.shape, window, groups, size ?? window.size(of: x.shape.imageSize))
    let y = allocate(
      x.shape.resized(to: plan.large).replacing(axis: 3, with: plan.largeChannels))
    plan.scatter(
      self, from: x.data, weight.data, to: y.data, bias.map { .bias($0.data) } ?? .zero)
    let kept = ConvolutionNode(plan: plan, transpose: transpose, hasBias: bias != nil)
    let recorded =
      records(x, weight, bias)
      ? record(y, x, weight, bias, saved: keep(kept), backward: transposedBackward) : y
    let out = pushForward(
      recorded, x,
      {
        transposedConvolution(
          $0, weight: weight, bias: nil, transpose: transpose, window: window, groups: groups,
          size: plan.large)
      },
      weight,
      {
        transposedConvolution(
          x, weight: $0, bias: nil, transpose: self.transpose($0.detached).data, window: window,
          groups: groups, size: plan.large)
      })
    guard let bias else { return out }
    return pushForwardAdding(out, bias) { broadcast($0, to: y.shape) }
  }
}

/// What the backward functions need.
private struct ConvolutionNode: BitwiseCopyable {
  let plan: ConvolutionPlan
  let transpose: UnsafeRawPointer
  let hasBias: Bool
}

private func convolutionBackward(_ tape: Tape, _ node: Tape.Node, _ dy: UnsafeMutableRawPointer) {
  let ((x, weight, _), kept) = (node.inputs, node.kept(as: ConvolutionNode.self))
  sendBias(tape, node, dy, kept)
  if weight.isVariable {
    kept.plan.accumulateWeights(
      tape, large: x.data, small: dy, into: tape.gradient(of: weight), isMirrored: false)
  }
  if x.isVariable {
    let (dx, isFresh) = tape.gradientBuffer(of: x)
    kept.plan.scatter(tape, from: dy, kept.transpose, to: dx, isFresh ? .zero : .output)
  }
}

private func transposedBackward(_ tape: Tape, _ node: Tape.Node, _ dy: UnsafeMutableRawPointer) {
  let ((x, weight, _), kept) = (node.inputs, node.kept(as: ConvolutionNode.self))
  sendBias(tape, node, dy, kept)
  if weight.isVariable {
    kept.plan.accumulateWeights(
      tape, large: dy, small: x.data, into: tape.gradient(of: weight), isMirrored: true)
  }
  if x.isVariable {
    let (dx, isFresh) = tape.gradientBuffer(of: x)
    kept.plan.gather(tape, from: dy, kept.transpose, to: dx, isFresh ? .zero : .output)
  }
}

private func sendBias(
  _ tape: Tape, _ node: Tape.Node, _ dy: UnsafeMutableRawPointer, _ kept: ConvolutionNode
) {
  guard kept.hasBias, node.inputs.2.isVariable else { return }
  let shape = node.output.shape
  tape.kernels.accumulateRows(
    dy, into: tape.gradient(of: node.inputs.2), groups: 1, rows: shape.rows,
    columns: shape.columns)
}

extension ConvolutionPlan {
  /// Of a convolution of x.
  fileprivate init(_ x: Shape, _ weight: Shape, _ window: ImageWindow, _ groups: Int) {
    precondition(
      weight.rank == 4 && weight.imageKernel == window.kernel,
      "convolution: weight \(weight) for a window of \(window.kernel)")
    precondition(
      x[-1] == weight[2] * groups && weight[3] % groups == 0,
      "convolution: x is \(x), weight \(weight), groups \(groups)")
    self.init(
      window: window, images: x[0], large: x.imageSize, small: window.count(on: x.imageSize),
      largeChannels: x[-1], smallChannels: weight[3], groups: groups)
  }

  /// Of a transposed convolution of x.
  fileprivate init(
    transposed x: Shape, _ weight: Shape, _ window: ImageWindow, _ groups: Int, _ size: SIMD2<Int>
  ) {
    precondition(
      weight.rank == 4 && weight.imageKernel == window.kernel,
      "transposedConvolution: weight \(weight) for a window of \(window.kernel)")
    precondition(
      x[-1] == weight[2] && weight[2] % groups == 0,
      "transposedConvolution: x is \(x), weight \(weight), groups \(groups)")
    precondition(
      window.count(on: size) == x.imageSize,
      "transposedConvolution: an image of \(size) does not have \(x.imageSize) windows")
    self.init(
      window: window, images: x[0], large: size, small: x.imageSize,
      largeChannels: weight[3] * groups, smallChannels: x[-1], groups: groups)
  }
}

extension Shape {
  /// The first two axes.
  fileprivate var imageKernel: SIMD2<Int> { SIMD2(self[0], self[1]) }
}
