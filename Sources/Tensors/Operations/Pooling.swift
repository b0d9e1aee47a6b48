import KernelTables

extension Tape {
  /// The mean of every window; pixels outside the image count as zeros.
  ///
  ///     y[n, o, :] = Σ_k x[n, o · stride + k · dilation - padding, :] / places of the window
  ///
  /// As in PyTorch, the padding's zeros count as places.
  /// - Parameter x: [images, height, width, channels].
  /// - Returns: [images, rows of windows, windows of a row, channels].
  package func averagePool(_ x: Tensor, _ window: ImageWindow) -> Tensor {
    let y = allocate(x.shape.resized(to: window.count(on: x.shape.imageSize)))
    y.data.initializeMemory(as: UInt8.self, repeating: 0, count: y.byteCount)
    let plan = PoolingPlan(window: window, x: x.shape, y: y.shape)
    plan.forEachRow { from, to, count in
      kernels.accumulateColumns(
        x.data + from * type.byteCount, stride: plan.step, into: y.data + to * type.byteCount,
        stride: plan.channels, rows: count, columns: plan.channels)
    }
    kernels.affine(
      y.data, scale: plan.weight, shift: 0, to: y.data, count: y.count, accumulating: false)
    let out = records(x) ? record(y, x, saved: keep(plan), backward: averagePoolBackward) : y
    return pushForward(out, x) { averagePool($0, window) }
  }

  /// The greatest element of every window, the first where several are.
  ///
  ///     y[n, o, c] = max_k x[n, o · stride + k · dilation - padding, c],  dx = dy there
  ///
  /// Pixels outside the image do not count; every window meets the image: padding ≤ kernel / 2.
  /// - Parameter x: [images, height, width, channels].
  /// - Returns: [images, rows of windows, windows of a row, channels].
  package func maximumPool(_ x: Tensor, _ window: ImageWindow) -> Tensor {
    precondition(
      window.padding[0] * 2 <= window.kernel[0] && window.padding[1] * 2 <= window.kernel[1],
      "maximumPool: a window of padding alone")
    let shape = x.shape.resized(to: window.count(on: x.shape.imageSize))
    let plan = PoolingPlan(window: window, x: x.shape, y: shape)
    let places =
      switch type {
      case .float32: places(of: x, plan, Float.self)
      case .float64: places(of: x, plan, Double.self)
      }
    return reshape(gather(reshape(x, Shape(x.count, 1)), places), shape)
  }

  /// The flat index of every window's first greatest element, channel by channel.
  private func places<Scalar: BinaryFloatingPoint>(
    of x: Tensor, _ plan: PoolingPlan, _: Scalar.Type
  ) -> Indices {
    let places = allocateIndices(plan.y.count)
    places.data.update(repeating: -1, count: places.count)
    let x = x.data.assumingMemoryBound(to: Scalar.self)
    plan.forEachRow { from, to, count in
      for pixel in 0..<count {
        for c in 0..<plan.channels {
          let (input, output) = (from + pixel * plan.step + c, to + pixel * plan.channels + c)
          let best = Int(places.data[output])
          if best < 0 || x[input] > x[best] { places.data[output] = Int32(input) }
        }
      }
    }
    return places
  }
}

private func averagePoolBackward(_ tape: Tape, _ node: Tape.Node, _ dy: UnsafeMutableRawPointer) {
  let (x, plan, bytes) = (node.inputs.0, node.kept(as: PoolingPlan.self), tape.type.byteCount)
  let share = tape.scale(tape.constant(at: dy, plan.y), by: plan.weight).data
  let dx = tape.gradient(of: x)
  plan.forEachRow { from, to, count in
    tape.kernels.accumulateColumns(
      share + to * bytes, stride: plan.channels, into: dx + from * bytes, stride: plan.step,
      rows: count, columns: plan.channels)
  }
}

/// Windows on images, seen as rows of pixels that a place of the window meets.
private struct PoolingPlan: BitwiseCopyable {
  let window: ImageWindow
  let x, y: Shape

  var channels: Int { x[3] }
  /// Elements from one window's pixel to the next's.
  var step: Int { window.stride[1] * channels }
  /// 1 / places of the window.
  var weight: Double { 1 / Double(window.kernel[0] * window.kernel[1]) }

  /// Calls `body` for every row of windows and place of the window, places in order.
  /// - Parameter body: The elements at which the first input and output pixel begin, and how many follow.
  func forEachRow(_ body: (_ input: Int, _ output: Int, _ count: Int) -> Void) {
    for line in 0..<y[0] * y[1] {
      let (image, row) = line.quotientAndRemainder(dividingBy: y[1])
      for ky in 0..<window.kernel[0] {
        let i = row * window.stride[0] + ky * window.dilation[0] - window.padding[0]
        guard (0..<x[1]).contains(i) else { continue }
        for kx in 0..<window.kernel[1] {
          let shift = kx * window.dilation[1] - window.padding[1]
          let columns = inside(shift)
          let j = columns.lowerBound * window.stride[1] + shift
          guard !columns.isEmpty else { continue }
          body(
            ((image * x[1] + i) * x[2] + j) * channels,
            (line * y[2] + columns.lowerBound) * channels, columns.count)
        }
      }
    }
  }

  /// The windows of a row whose place lies within the image.
  private func inside(_ shift: Int) -> Range<Int> {
    let step = window.stride[1]
    let first = shift < 0 ? (step - 1 - shift) / step : 0
    let end = x[2] > shift ? min(y[2], (x[2] - shift + step - 1) / step) : 0
    return first..<max(first, end)
  }
}
